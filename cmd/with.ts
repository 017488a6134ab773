import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {startCollecting} from '../lib/operation/due.js';
import {parseLabels} from '../lib/operation/labels.js';
import {openCache} from '../lib/operation/open.js';
import {withInstances, type WithRequest} from '../lib/operation/with.js';

/** `with` is a word of the language. */
export const withCommand: Command = {
  name: 'with',
  kind: 'porcelain',
  summary: 'run a command with instances that are released when it ends',
  description: [
    'Acquires an instance (with -n several, whole or not at all), runs COMMAND in it, and releases it when COMMAND has ended, in whichever way: by itself, by a signal to it or to crcache, by Ctrl-C, and also when crcache itself is killed, which ends COMMAND as well.',
    'With several instances, or with --here, COMMAND runs on this machine, with the names of the instances, separated by blanks, in CRCACHE_INSTANCES.',
    "The exit status is COMMAND's own, or 128 and the number of the signal that ended it; 126 where it cannot be executed, 127 where it is not found, and 125 where crcache fails before it starts or after it has ended.",
  ],
  operands: [
    {
      name: 'SOURCE',
      orOption: 'source',
      completes: 'source',
      summary: 'where the instances come from',
    },
    {name: 'COMMAND', verbatim: true, summary: 'what to run, and its arguments'},
  ],
  options: [
    {name: 'count', short: 'n', value: 'COUNT', summary: 'how many instances; 1 unless given'},
    {
      name: 'wait',
      value: 'DURATION',
      valueIsOptional: true,
      summary: 'wait for instances to come free, at most so long',
    },
    {
      name: 'label',
      short: 'l',
      value: 'KEY=VALUE',
      repeats: true,
      summary: 'only instances whose source, or one that they stand on, has this label',
    },
    {
      name: 'keep-failed',
      summary: 'keep the instances for a look when the command failed, until they are released',
    },
    {name: 'here', summary: 'run the command on this machine, also with a single instance'},
  ],
  examples: [
    {line: 'crcache with build -- make check', means: 'one instance, for this command'},
    {
      line: 'crcache with build -n 3 --wait=10m -- ./cluster-test',
      means: 'three of them, whose names are in $CRCACHE_INSTANCES',
    },
    {
      line: 'crcache with build --keep-failed -- ./test',
      means: 'one that stays for a look if the test fails',
    },
  ],
  failureStatus: 125,
  async run(context, args) {
    const say = sayTo(context);
    const cache = openCache(context, say);
    const fromOption = args.value('source');
    const [first = '', ...others] = args.operands;
    const source = cache.source(fromOption ?? first);
    const request: WithRequest = {
      acquire: {
        source: source.name,
        count: args.count('count', 1) ?? 1,
        labels: parseLabels(args.values('label')),
        waitMs: args.has('wait') ? (args.duration('wait') ?? Infinity) : undefined,
        onWait: context.stderr.isTerminal
          ? (why) => {
              say(`waiting: ${why}`);
            }
          : undefined,
      },
      command: fromOption === undefined ? others : args.operands,
      isHere: args.has('here'),
      onKept: args.has('keep-failed')
        ? (names) => {
            say(keptNote(names));
          }
        : undefined,
    };
    const {umask} = context;
    const status = await withInstances(cache, request, {
      umask,
      graceMs: 0,
      isWithoutTerminal: false,
    });
    await startCollecting(cache, source);
    return status;
  },
};

function keptNote(names: readonly string[]): string {
  return [
    `the command failed: kept ${names.map((name) => `'${name}'`).join(', ')}`,
    ...names.map((name) => `hint: crcache shell ${name}`),
    `hint: crcache release ${names.join(' ')}`,
  ].join('\n');
}
