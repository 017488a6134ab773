// The files of a directory of hooks: which of them run-parts runs, and why not the others.

import {entryOf, isExecutable, listNames, orUndefined, statOf} from '../files.js';
import {openReader} from '../pieces.js';

export interface HookFile {
  readonly name: string;
  readonly path: string;
  /** Why it does not run, or cannot; undefined for a hook that is as it should be. */
  readonly problem?: HookProblem | undefined;
}

export interface HookProblem {
  /** Completes the sentence 'provision.d/10-make …'. */
  readonly what: string;
  readonly hint: string;
  /** run-parts passes over it without a word; another one it tries to run, and fails. */
  readonly isSkipped: boolean;
  /** The line of the file that is wrong; 0 where the whole of it is. */
  readonly line: number;
}

/**
 * All files of a directory, in the order in which run-parts takes them; hidden ones and samples are nobody's mistake.
 * Where the directory is a copy, hints name the files of its original, since those are to be mended.
 */
export function hookFiles(directory: string, env: Environment, original = directory): HookFile[] {
  const names = listNames(directory).filter(isMeantAsHook);
  return names.sort().map((name) => {
    const path = `${directory}/${name}`;
    return {name, path, problem: problemOf({name, path, original: `${original}/${name}`}, env)};
  });
}

/** Whether a file is there to be run; that run-parts passes over the others is what everybody wants. */
function isMeantAsHook(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith('.sample');
}

type Environment = Readonly<Record<string, string | undefined>>;

function problemOf(
  {name, path, original}: {name: string; path: string; original: string},
  env: Environment,
): HookProblem | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    const sign = /[^A-Za-z0-9_-]/u.exec(name)?.[0] ?? '';
    return skipped(
      `is skipped: its name has a '${sign.replace(/\p{Cc}/gu, '?')}'`,
      "rename it: a hook's name has letters, digits, '_' and '-' only",
    );
  }
  const stat = statOf(path);
  if (stat === undefined) {
    if (entryOf(path)?.isSymbolicLink() !== true) return undefined; // it has just been removed
    return broken('is a symlink that leads nowhere', `remove it, or mend it: ls -l '${original}'`);
  }
  if (stat.isDirectory()) return skipped('is skipped: it is a directory', 'move it elsewhere');
  if (!stat.isFile()) return broken('is no file', 'remove it');
  if (!isExecutable(path))
    return skipped('is skipped: it is not executable', `run: chmod +x '${original}'`);
  return interpreterProblem(path, env);
}

function interpreterProblem(path: string, env: Environment): HookProblem | undefined {
  const start = startOf(path);
  if (start === undefined || start.startsWith('\x7fELF')) return undefined;
  const [, program = '', argument = ''] = /^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*)/.exec(start) ?? [];
  if (program === '') {
    // The kernel may know what to do with what is no text.
    if (start.includes('\0')) return undefined;
    return brokenStart('has no interpreter', "write '#!/bin/sh' as its first line");
  }
  const missing = missingProgram(program, argument, env);
  if (missing === undefined) return undefined;
  return brokenStart(
    `wants the interpreter '${missing}', which is not there`,
    'install it, or change its first line',
  );
}

function missingProgram(program: string, argument: string, env: Environment): string | undefined {
  if (!isExecutable(program))
    return program.endsWith('\r') ? program.replace('\r', '\\r') : program;
  if (!program.endsWith('/env')) return undefined;
  const [named] = argument.trim().split(/[ \t]+/);
  if (named === undefined || named === '' || /^-|=/.test(named)) return undefined;
  if (named.includes('/')) return isExecutable(named) ? undefined : named;
  const directories = (env['PATH'] ?? '').split(':').filter((each) => each !== '');
  return directories.some((each) => isExecutable(`${each}/${named}`)) ? undefined : named;
}

/** As much as the kernel looks at; undefined where it may not be read. */
function startOf(path: string): string | undefined {
  const reader = orUndefined(() => openReader(path), 'EACCES');
  if (reader === undefined) return undefined;
  try {
    return reader.read(0, 256).toString('latin1');
  } finally {
    reader.close();
  }
}

function skipped(what: string, hint: string): HookProblem {
  return {what, hint, isSkipped: true, line: 0};
}

function broken(what: string, hint: string): HookProblem {
  return {what, hint, isSkipped: false, line: 0};
}

/** The kernel looks at its first line. */
function brokenStart(what: string, hint: string): HookProblem {
  return {...broken(what, hint), line: 1};
}
