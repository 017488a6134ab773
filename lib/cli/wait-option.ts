// The option --wait of commands that acquire instances, and how they tell of their waiting.

import type {Option} from './command.js';
import type {Context} from './context.js';
import type {Arguments} from './parse.js';
import {sayTo} from './say.js';

export const waitOption: Option = {
  name: 'wait',
  value: 'DURATION',
  valueIsOptional: true,
  summary: 'wait for instances to come free, at most so long',
};

interface Waiting {
  /** Undefined: not at all. */
  readonly waitMs: number | undefined;
  /** Told why it waits; undefined where nobody sits before it. */
  readonly onWait: ((why: string) => void) | undefined;
}

export function waitFrom(context: Context, args: Arguments): Waiting {
  const say = sayTo(context);
  const tell = (why: string): void => {
    say(`waiting: ${why}`);
  };
  return {
    waitMs: args.duration('wait', {bare: Infinity}),
    onWait: context.stderr.isTerminal ? tell : undefined,
  };
}
