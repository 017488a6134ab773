// The options that say what is run, where that is not a command of the instance's own.

import {CrcacheError} from '../errors.js';
import type {Option} from './command.js';
import type {Arguments} from './parse.js';

export const blockOptions: readonly Option[] = [
  {
    name: 'script',
    value: 'FILE',
    completes: 'file',
    summary: 'run this file, which is copied in, by the interpreter in its first line',
  },
  {
    name: 'python',
    value: 'FILE|-m|-c',
    completes: 'file',
    summary: 'run this file by python3; -m: the module, -c: the code that the next word is',
  },
  {
    name: 'path',
    value: 'DIR',
    repeats: true,
    completes: 'directory',
    summary:
      'with --python, also after the module or the code: a directory in which modules are found, which is copied in',
  },
  {name: 'node', value: 'FILE', completes: 'file', summary: 'run this file by node'},
  {
    name: 'params',
    value: 'FILE[:path.to.part]',
    completes: 'file',
    summary: 'hand on what this file of YAML or JSON, or a part of it, says',
  },
];

export const blockParagraphs: readonly string[] = [
  'With --script, --python or --node the words of COMMAND are arguments, and there need be none. Files are those of this machine: where the instance does not see them they are copied into a directory that goes when it is released.',
  'Of --params each value becomes a variable, named by its key, and by those above it with _ between; what a name of a variable may not hold is a _ as well. Lists, and values of more than 64 KiB, are none. The file that CRCACHE_PARAMS names has all of it, as JSON.',
];

const kinds = ['shell', 'script', 'python', 'node'];

/** What is asked for by these options; undefined where none is given. */
export function blockFrom(args: Arguments):
  | {
      readonly script: string | undefined;
      readonly python: string | undefined;
      readonly node: string | undefined;
      readonly paths: readonly string[];
      readonly params: string | undefined;
    }
  | undefined {
  const [one, other] = kinds.filter((name) => args.has(name));
  if (one !== undefined && other !== undefined) {
    throw new CrcacheError('usage', `options '--${one}' and '--${other}' contradict each other`);
  }
  if (args.has('path') && !args.has('python')) {
    throw new CrcacheError('usage', "option '--path' goes with '--python'");
  }
  if (!blockOptions.some(({name}) => args.has(name))) return undefined;
  return {
    script: args.value('script'),
    python: args.value('python'),
    node: args.value('node'),
    paths: args.values('path'),
    params: args.value('params'),
  };
}

interface WithWords {
  readonly block?:
    | {readonly python?: string | undefined; readonly paths?: readonly string[] | undefined}
    | undefined;
  readonly words: readonly string[];
}

/** Takes --path from behind what -m or -c stand for, where a command's own words begin; '--' ends that. */
export function pathsBehind<Request extends WithWords>(request: Request): Request {
  const {block} = request;
  const [payload, ...rest] = request.words;
  if (payload === undefined || block?.python?.startsWith('-') !== true) return request;
  const paths = [...(block.paths ?? [])];
  while (rest[0] === '--path' && rest[1] !== undefined) {
    paths.push(rest[1]);
    rest.splice(0, 2);
  }
  if (rest[0] === '--') rest.shift();
  return {...request, block: {...block, paths}, words: [payload, ...rest]};
}
