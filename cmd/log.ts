import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {Logs, type LogEntry} from '../lib/operation/read-log.js';
import {safe} from '../lib/output/safe.js';

export const log: Command = {
  name: 'log',
  kind: 'porcelain',
  summary: 'show what happened to instances, and why',
  description: [
    'Prints a line for each change of an instance of the sources and instances that are named, or of all, in the order of time: when it was, the instance, the state that it left and the one that it entered, why, and which process on which host did it.',
    'With --follow, prints the last 10 (or as many as -n says), and goes on with what happens, until it is interrupted.',
    'With --json, prints an object a line with the keys time, instance, from, to, by and why, as the files of the log have it; one without from is of an instance that came to be, one without to of one that is gone.',
    'The log of a source that has grown to 8 MiB is set aside by crcache gc, and the one set aside before is gone. A line that cannot be read is named on stderr and passed over.',
  ],
  operands: [
    {
      name: 'NAME',
      optional: true,
      repeats: true,
      completes: 'source',
      summary: 'sources and instances, also such that are gone',
    },
  ],
  options: [
    {name: 'follow', short: 'f', summary: 'go on with what happens'},
    {name: 'lines', short: 'n', value: 'N', summary: 'only the last N lines'},
    {name: 'json', summary: 'print JSON, an object a line'},
  ],
  examples: [
    {line: 'crcache log -n 20', means: 'what happened last'},
    {line: 'crcache log build-0', means: 'the life of one instance'},
    {line: 'crcache log -f build', means: 'what happens in a source'},
  ],
  seeAlso: ['crcache-store(5)', 'crcache-json(7)'],
  async run(context, args) {
    const isFollowed = args.has('follow');
    const count = args.count('lines') ?? (isFollowed ? 10 : Infinity);
    const render = args.has('json') ? toJsonLine : toLine;
    const logs = new Logs(openCache(context, sayTo(context)), [
      ...args.operands,
      ...args.values('source'),
    ]);
    for (let entries = logs.last(count); ; entries = logs.next()) {
      if (entries.length > 0) await context.stdout.write(entries.map(render).join(''));
      if (!isFollowed) return undefined;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  },
};

/** How often the files of the log are looked at; watching them would not tell of other hosts' changes. */
const pollMs = 200;

function toLine({time, instance, from = 'nothing', to = 'nothing', why, by}: LogEntry): string {
  return `${safe(`${time} ${instance}: ${from} -> ${to}: ${why} (${by})`)}\n`;
}

function toJsonLine(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
