// This process, as who embeds the library is known to it; the program itself has a context.

import node from 'node:process';
import {isDirectory, orUndefined} from './files.js';

export function thisProcess(): {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | undefined;
  readonly user: () => string;
  readonly uid: number;
  readonly pid: number;
  readonly interpreter: string;
  readonly commandLine: string;
} {
  const uid = node.getuid?.() ?? 0;
  return {
    env: node.env,
    cwd: node.cwd(),
    home: node.env['HOME'],
    user: () => node.env['USER'] ?? String(uid),
    uid,
    pid: node.pid,
    interpreter: node.execPath,
    commandLine: node.argv.join(' '),
  };
}

/** What is made or started meanwhile goes by this umask; by our own where there is none. */
export function byUmask<Value>(umask: number | undefined, act: () => Value): Value {
  if (umask === undefined) return act();
  const own = node.umask(umask);
  try {
    return act();
  } finally {
    node.umask(own);
  }
}

/** Where this process is; the root where its directory has been removed, in which nothing could be started. */
export function ownDirectory(): string {
  const directory = orUndefined(() => node.cwd(), 'ENOENT'); // which node remembers from an earlier call
  return directory !== undefined && isDirectory(directory) ? directory : '/';
}
