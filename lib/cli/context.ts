// All that a command gets from outside: made from `process` in cmd/main.ts, and by hand in tests.

import type {Readable} from 'node:stream';
import type {Step} from '../steps.js';
import type {Trace} from '../trace.js';
import type {Command} from './command.js';
import type {Launcher} from './launcher.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where text goes; `isTerminal` decides colour and progress. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Writes text; resolves when more may be written, rejects when the reader is gone. */
  readonly write: (text: string | Uint8Array) => Promise<void>;
}

export interface Context {
  readonly env: Environment;
  readonly cwd: string;
  readonly home: string | undefined;
  /** Opens stdin, which takes longer than most commands. */
  readonly openStdin: () => Readable & {readonly isTTY?: boolean};
  readonly stdinIsTerminal: () => boolean;
  /** Data, and nothing else. */
  readonly stdout: Output;
  /** Messages, progress, what hooks print. */
  readonly stderr: Output;
  /** Gets what hooks print. */
  readonly listen: (piece: Buffer) => void;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly trace: Trace;
  readonly step: Step;
  readonly pid: number;
  readonly uid: number;
  /** The caller's, which commands of the caller's get; what is written here is for the user alone. */
  readonly umask: number;
  readonly user: () => string;
  /** How to start this program again: the interpreter, its flags, and the script. */
  readonly program: readonly [string, ...string[]];
  /** Who waits for a word on what to do in this program's place; undefined where nobody does. */
  readonly launcher: Launcher | undefined;
  /** The command line, for people who ask who holds an instance. */
  readonly commandLine: string;
  readonly now: () => Date;
  readonly version: string;
  /** The table of all commands, for those that speak about commands. */
  readonly commands: readonly Command[];
}

/** Whether to colour what goes to this output: only on a terminal, and never with NO_COLOR. */
export function mayColour(context: Context, output: Output): boolean {
  return output.isTerminal && (context.env['NO_COLOR'] ?? '') === '';
}
