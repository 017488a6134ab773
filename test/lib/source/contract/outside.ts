// How what a kind makes looks from outside: to whoever has its tool, and knows nothing of crcache.

import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {stateOf, until} from '../../../helpers/held.js';
import type {Sandbox} from '../../../helpers/sandbox.js';

export interface Outside {
  /** The names of all that there is, whosever. */
  readonly list: (t: Sandbox) => string[] | Promise<string[]>;
  /** Ends one, as a failure does. */
  readonly end: (t: Sandbox, thing: string) => unknown;
}

/** Directories, each in that of its store; ended by their removal unless something else is told. */
export function directories(
  base: string,
  end = (directory: string): unknown => {
    rmSync(directory, {recursive: true});
    return undefined;
  },
): Outside {
  const below = (directory: string): string[] =>
    existsSync(directory) ? readdirSync(directory) : [];
  return {
    list: ({dir}) => {
      const stores = below(`${dir}/${base}`);
      const all = stores.flatMap((store) =>
        below(`${dir}/${base}/${store}`).map((name) => `${store}/${name}`),
      );
      return all.filter((name) => !name.includes('/golden-'));
    },
    end: ({dir}, thing) => end(`${dir}/${base}/${thing}`),
  };
}

/** Kills the process that keeps something up, and sees it gone: its pid is the first word of a file in its directory. */
export function killHolder(file: string) {
  return async (directory: string): Promise<void> => {
    const pid = Number(readFileSync(`${directory}/${file}`, 'utf8').split(' ')[0]);
    process.kill(pid, 'SIGKILL');
    await until(() => stateOf(pid) === '', 'the holder is gone');
  };
}

/** What a tool lists, a line each, and ends by name; both are code of sh. */
export function byTool(list: string, end: string): Outside {
  const ask = async (t: Sandbox, code: string, ...words: readonly string[]): Promise<string> => {
    const {status, stdout, stderr} = await t.run('sh', ['-c', code, ...words]);
    if (status !== 0) throw new Error(`'${code}': ${stderr}`);
    return stdout;
  };
  return {
    list: async (t) => (await ask(t, list)).split('\n').filter((line) => line !== ''),
    end: (t, thing) => ask(t, end, thing),
  };
}
