// The options of a command that runs something in many instances at once.

import {resolve} from 'node:path';
import {CrcacheError} from '../errors.js';
import type {Option} from './command.js';
import type {Arguments} from './parse.js';

interface Each {
  readonly words: readonly string[];
  readonly instances: readonly string[] | undefined;
  readonly source: string | undefined;
  readonly isPrefixed: boolean;
  readonly order: 'lines' | 'groups';
  readonly tee: string | undefined;
  readonly atOnce: number;
  readonly failsFast: boolean;
}

export const eachOptions: readonly Option[] = [
  {
    name: 'each',
    summary: "the words before '--' are instances: run COMMAND in all of them at once",
  },
  {name: 'all', summary: 'run COMMAND in all instances in use of the source given by -s at once'},
  {
    name: 'prefix',
    summary:
      "with --each and --all: put an instance's name before each line, which is usual without --group",
  },
  {
    name: 'group',
    summary: 'with --each and --all: print what each has printed when it has ended',
  },
  {
    name: 'tee',
    value: 'DIR',
    completes: 'directory',
    summary: 'with --each and --all: keep the output of each as well, in DIR/NAME.out and .err',
  },
  {
    name: 'jobs',
    short: 'j',
    value: 'N',
    summary: 'with --each and --all: at most so many at once',
  },
  {name: 'fail-fast', summary: 'with --each and --all: the first that fails ends the others'},
];

/** What is of one instance, and would be lost among many. */
const notForEach = ['terminal', 'files', 'log', 'status-file'];

/** Refuses those that stand without the ones that they belong to. */
export function refuseStrayOf(args: Arguments): void {
  const stray = eachOptions.find(({name}) => args.has(name));
  if (stray === undefined) return;
  throw new CrcacheError('usage', `option '--${stray.name}' goes with '--each' or '--all'`);
}

/** What these options ask for, given a directory to find files from. */
export function eachFrom(args: Arguments, cwd: string): Each {
  const [asked, others] = args.has('all') ? ['all', ['each']] : ['each', ['source']];
  const refused = [...others, ...notForEach].find((name) => args.has(name));
  if (refused !== undefined) {
    throw new CrcacheError(
      'usage',
      `options '--${asked}' and '--${refused}' contradict each other`,
    );
  }
  const {before, after} = args.sides;
  if (asked === 'all' && before.length > 0 && after.length > 0) {
    throw new CrcacheError(
      'usage',
      `'${before.join(' ')}' stands before '--', and option '--all' takes no instances`,
      'crcache run -s SOURCE --all -- COMMAND',
    );
  }
  const tee = args.value('tee');
  return {
    words: args.has('all') && after.length === 0 ? args.operands : after,
    instances: args.has('all') ? undefined : before,
    source: args.value('source'),
    isPrefixed: args.has('prefix') || !args.has('group'),
    order: args.has('group') ? 'groups' : 'lines',
    tee: tee && resolve(cwd, tee),
    atOnce: args.count('jobs', 1) ?? Infinity,
    failsFast: args.has('fail-fast'),
  };
}
