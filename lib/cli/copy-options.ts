// Options of all commands that move files.

import type {Option} from './command.js';
import type {Arguments} from './parse.js';

export const preserveOption: Option = {
  name: 'preserve',
  short: 'p',
  summary: 'keep owners, attributes, setuid bits and devices, as far as who receives may',
};

export const dereferenceOption: Option = {
  name: 'dereference',
  short: 'L',
  summary: 'copy what symlinks point to',
};

export const excludeOption: Option = {
  name: 'exclude',
  value: 'PATTERN',
  repeats: true,
  summary: 'leave out files whose name, or the end of it after a slash, matches this, as with tar',
};

export interface CopyManner {
  readonly preserves: boolean;
  readonly follows: boolean;
  readonly excludes: readonly string[];
}

/** What these options ask for. */
export function copyMannerOf(args: Arguments): CopyManner {
  return {
    preserves: args.has('preserve'),
    follows: args.has('dereference'),
    excludes: args.values('exclude'),
  };
}
