import type {Command} from '../lib/cli/command.js';
import {exitStatus} from '../lib/cli/exit-status.js';
import {sayTo} from '../lib/cli/say.js';
import {checkConfiguration, placeOf, type Problem} from '../lib/operation/check-source.js';
import {openCache} from '../lib/operation/open.js';
import {toJson} from '../lib/output/records.js';
import {safe} from '../lib/output/safe.js';

export const checkSource: Command = {
  name: 'check-source',
  kind: 'plumbing',
  summary: 'check the configuration, and tell all that is wrong with it',
  description: [
    'Reads the configuration of the sources that are named and of those that they stand on or, without names, of all sources and of the roots, and prints each problem as FILE:LINE: MESSAGE, and below it what to do about it. It prints nothing where nothing is wrong. Its status is 2 where anything is, else 0; it is 10 where there is no source of a name that is given. Nothing of the configuration is run, except that a type that is a module of your own is loaded.',
    "It finds unknown keys, wrong values, missing keys, unknown types, names that cannot be a source's, sources that stand on themselves or on others that are not there, directories that are not used because other users may write to them, hooks that would be passed over because of their name or mode, hooks without an interpreter, and misspelt directories of hooks. Hidden files and those that end in .sample are nobody's hooks.",
    'With --json it prints a list of objects with the keys file and line (each null where there is none), message and hint.',
  ],
  operands: [
    {
      name: 'NAME',
      optional: true,
      repeats: true,
      completes: 'source',
      summary: 'only these sources, and those that they stand on',
    },
  ],
  options: [{name: 'json', summary: 'print JSON'}],
  examples: [
    {line: 'crcache check-source', means: 'is all of the configuration right'},
    {line: 'crcache check-source build', means: 'that of one source'},
  ],
  seeAlso: ['crcache-show-source(1)', 'crcache-hooks(5)', 'crcache-source.conf(5)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const names = [...args.operands, ...args.values('source')];
    const problems = checkConfiguration(cache, names);
    await context.stdout.write(
      args.has('json') ? toJson(problems.map(toObject)) : problems.map(toText).join(''),
    );
    return problems.length === 0 ? undefined : exitStatus.usage;
  },
};

function toText(problem: Problem): string {
  const place = placeOf(problem);
  const message = place === '' ? problem.message : `${place}: ${problem.message}`;
  const hint = problem.hint === undefined ? '' : `  hint: ${safe(problem.hint)}\n`;
  return `${safe(message)}\n${hint}`;
}

function toObject({file, line, message, hint}: Problem): object {
  return {
    file: file === '' ? null : file,
    line: line === 0 ? null : line,
    message,
    hint: hint ?? null,
  };
}
