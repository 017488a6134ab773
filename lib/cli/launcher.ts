// The launcher, a sh that asked this program what is to be done in its place, and how it is told.

import {encodeBytes} from '../bytes.js';
import {quote} from '../quote.js';
import type {Environment} from './context.js';

/** A program that is to be run. */
export interface Start {
  readonly program: string;
  readonly words: readonly string[];
  readonly env: Environment;
}

export interface Launcher {
  /** It becomes this program, when this one has ended. */
  readonly become: (start: Start) => void;
  /** It becomes this program again, as one without a launcher: the parent of what it runs. */
  readonly restart: () => void;
}

/** What the launcher was called with. */
export interface Call {
  readonly argv: readonly string[];
  readonly env: Environment;
}

/** A launcher that reads what it is to do as sh code. */
export function launcherOf(call: Call, write: (code: Buffer) => void): Launcher {
  return {
    become: (start) => {
      write(encodeBytes(codeFor(call, start)));
    },
    restart: () => {
      write(Buffer.from('stay'));
    },
  };
}

/** Words at the end that the launcher was called with itself are those that it has: they go no way at all. */
function codeFor({argv, env}: Call, start: Start): string {
  let common = 0;
  while (common < argv.length && argv.at(-1 - common) === start.words.at(-1 - common)) common++;
  const ours = start.words.slice(0, start.words.length - common);
  return [
    ...changes(env, start.env),
    `shift ${String(argv.length - common)}`,
    `trap 'exit "\${CRCACHE_RUN_FAILED:-125}"' EXIT`,
    `exec ${[start.program, ...ours].map(quote).join(' ')} "$@"`,
  ].join('\n');
}

function changes(from: Environment, to: Environment): string[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return names.flatMap((name) => {
    const value = to[name];
    if (value === from[name]) return [];
    return [value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`];
  });
}
