// The table of a command: everything that parsing, help, man pages and completion know of it.

import type {Arguments} from './parse.js';
import type {Context} from './context.js';

/** What completion offers for a value. */
export type Completion =
  'source' | 'type' | 'instance' | 'in-use' | 'command' | 'file' | 'directory';

export interface Option {
  /** The long name, without dashes. */
  readonly name: string;
  /** The one-letter name, without its dash. */
  readonly short?: string;
  /** What the value is called in help; an option without it is a flag. */
  readonly value?: string;
  /** The value may be left out, and is then given only as --name=VALUE. */
  readonly valueIsOptional?: boolean;
  /** The option may be given several times, and all values count. */
  readonly repeats?: boolean;
  /** The only values allowed. */
  readonly choices?: readonly string[];
  readonly completes?: Completion;
  /** One sentence, lower case, no full stop. */
  readonly summary: string;
}

export interface Operand {
  /** What it is called in help: 'NAME'. */
  readonly name: string;
  readonly optional?: boolean;
  readonly repeats?: boolean;
  /** The command line of another program begins here: nothing from here on is an option of ours. */
  readonly verbatim?: boolean;
  /** Where one of these options is given, it stands for the operand, which is then not expected. */
  readonly orOption?: string | readonly string[];
  /** The only words allowed. */
  readonly choices?: readonly string[];
  readonly completes?: Completion;
  readonly summary: string;
}

export interface Example {
  /** A line that can be pasted. */
  readonly line: string;
  readonly means: string;
}

/** Porcelain is for people and its words may change; plumbing is for scripts and does not. */
export type Kind = 'porcelain' | 'plumbing';

export interface CommandTable {
  readonly name: string;
  /** Other names for it; help knows it by `name` alone. */
  readonly aliases?: readonly string[];
  readonly kind: Kind;
  /** One sentence, lower case, no full stop. */
  readonly summary: string;
  /** Paragraphs for the manual. */
  readonly description: readonly string[];
  readonly operands: readonly Operand[];
  readonly options: readonly Option[];
  /** All words after its name are another program's, options too; but for help, asked for by the first one. */
  readonly takesAllWords?: boolean;
  readonly examples: readonly [Example, ...Example[]];
  /** Files that a person may copy from the manual; each may have several lines. */
  readonly samples?: readonly Example[];
  /** Pages of the manual that tell more, besides those of its chapter: 'crcache-hooks(5)'. */
  readonly seeAlso?: readonly string[];
  /** Its statuses are those of a command that it runs: whatever fails of ours ends with this one instead. */
  readonly failureStatus?: number;
}

export interface Command extends CommandTable {
  /** Does the work; resolves to the exit status of a command that it ran, and to nothing otherwise. */
  readonly run: (context: Context, args: Arguments) => Promise<number | undefined>;
}
