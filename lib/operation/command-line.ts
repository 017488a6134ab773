// What a run script is given for a command that is to find more than its instance's usual surroundings: a small sh in
// the instance makes them and becomes the command. So every type of instance has these options.

import {CrcacheError} from '../errors.js';
import {beRunnable} from '../source/run-script.js';
import type {Usable} from './usable.js';

export interface CommandRequest {
  /** The command and its arguments; none is a shell. */
  readonly words: readonly string[];
  /** A command line for sh, which finds the words as its arguments. */
  readonly line: string | undefined;
  /** Settings of its environment, each 'KEY=VALUE'. */
  readonly settings: readonly string[];
  readonly directory: string | undefined;
}

/** The words that the instance's run script is given. */
export function commandLine(usable: Usable, request: CommandRequest): readonly string[] {
  const {words, line, settings, directory} = request;
  const command =
    line === undefined ? (words.length > 0 ? words : shell) : ['sh', '-c', line, 'sh', ...words];
  if (settings.length === 0 && directory === undefined) return command;
  const name = usable.instance.name;
  const [cd, ...cdWords] = directory === undefined ? [''] : [enter, inside(directory), directory];
  const exports = settings.map(() => 'export "$1"; shift; ').join('');
  const text = `${exports}${cd}${begin}`;
  return ['sh', '-c', text, name, ...settings, ...cdWords, ...command];
}

// A path that begins with a dash, or is looked for along CDPATH, is not what it says.
function inside(directory: string): string {
  if (directory === '') throw new CrcacheError('usage', "option '--directory' wants a directory");
  return directory.startsWith('/') ? directory : `./${directory}`;
}

const enter = `cd -- "$1" 2>/dev/null || {
printf "crcache: cannot enter directory '%s' in '%s'\\n" "$2" "$0" >&2; exit 125; }
shift 2; `;

/** Becomes the command. A shell's own \`exec\` would take a name with a dash for an option. */
const begin = `case $1 in -*) exec env -- "$@" ;; esac
${beRunnable()}
exec "$@"`;

/** The user's shell where the instance is on this machine, else the one that every system has. */
const shell: readonly string[] = ['sh', '-c', 'exec "${SHELL:-/bin/sh}" -l'];
