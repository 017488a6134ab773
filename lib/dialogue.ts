// Programs that are spoken with for as long as they run.

import type {Stream} from 'node:stream';

/** A program that we speak with, line by line. */
export interface Dialogue {
  readonly tell: (line: string) => void;
  /** Says that there is nothing more; the program ends then by itself. */
  readonly close: () => void;
  readonly end: Promise<unknown>;
}

export interface DialogueOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly hear: (line: string) => void;
}

/** Starts a program, and hears each line that it prints. Its stderr is nobody's. */
export async function startDialogue(
  [program, ...words]: readonly [string, ...string[]],
  {env, cwd, hear}: DialogueOptions,
): Promise<Dialogue> {
  const {execa} = await import('execa');
  const child = execa(program, words, {
    env: {...env},
    extendEnv: false,
    cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    buffer: false,
    reject: false,
  });
  child.stdin.on('error', () => undefined); // one that has ended has nothing to be told
  // Who speaks with it is kept from its end by nobody.
  const pipes: readonly (Stream & {readonly unref?: () => void})[] = [child.stdin, child.stdout];
  for (const pipe of pipes) pipe.unref?.();
  child.unref();
  const hearing = (async () => {
    for await (const line of child.iterable()) hear(line);
  })();
  return {
    tell: (line) => {
      child.stdin.write(`${line}\n`);
    },
    close: () => {
      child.stdin.end();
    },
    end: hearing.catch(() => undefined),
  };
}
