// Running a program in this one's place: the launcher becomes it, or else it is a child with our streams.

import {runInForeground} from '../exec.js';
import type {Context} from './context.js';
import type {Start} from './launcher.js';

/** Runs a program in this one's place; the value is its exit status, where it has run already. */
export async function runInPlace(context: Context, start: Start): Promise<number | undefined> {
  const {launcher, cwd} = context;
  if (launcher === undefined) {
    return runInForeground(start.program, start.words, {env: start.env, cwd});
  }
  launcher.become(start);
  return undefined;
}
