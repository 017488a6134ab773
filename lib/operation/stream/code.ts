// Blocks of code as a test writes them, and what a block of one's own must be.

import {CrcacheError} from '../../errors.js';
import type {Block} from '../block/parts.js';
import type {Stream} from './stream.js';

/** What runs in a stream. One of one's own is run once, in one stream. */
export interface CodeBlock {
  /** Brings what it needs into the stream. */
  sendSelf(stream: Stream): Promise<void>;
  /** Runs it there, and ends when it has; soon, where the signal says that it is to. */
  run(stream: Stream, signal: AbortSignal): Promise<void>;
  readonly success: boolean;
  /** Becomes part of the stream's. */
  readonly output: Readonly<Record<string, string>>;
}

/** A command, which becomes a job of the stream. */
export interface CommandBlock {
  readonly words: readonly string[];
  readonly line?: string | undefined;
  readonly block?: Block | undefined;
  readonly options: BlockOptions;
}

export interface BlockOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A file of YAML or JSON, or a part of it: FILE:path.to.part. */
  readonly params?: string;
  /** Files of the instance, by the names under which they become outputs. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** The name under which its stdout becomes an output. */
  readonly stdout?: string;
  /** Where python finds modules. */
  readonly path?: readonly string[];
}

/** A line for the shell. */
export function shell(line: string, options: BlockOptions = {}): CommandBlock {
  return {words: [], line, options, block: blockOf({}, options)};
}

/** A command and its arguments. */
export function argv(
  words: readonly [string, ...string[]],
  options: BlockOptions = {},
): CommandBlock {
  return {words, options, block: blockOf({}, options)};
}

/** A file that its first line says how to run. */
export function script(
  file: string,
  words: readonly string[] = [],
  options: BlockOptions = {},
): CommandBlock {
  return {words, options, block: blockOf({script: file}, options)};
}

/** A file for python3. */
export function python(
  file: string,
  words: readonly string[] = [],
  options: BlockOptions = {},
): CommandBlock {
  return {words, options, block: blockOf({python: file}, options)};
}

/** A module for python3 -m. */
export function pythonModule(
  name: string,
  words: readonly string[] = [],
  options: BlockOptions = {},
): CommandBlock {
  return {words: [name, ...words], options, block: blockOf({python: '-m'}, options)};
}

/** A file for node. */
export function nodeScript(
  file: string,
  words: readonly string[] = [],
  options: BlockOptions = {},
): CommandBlock {
  return {words, options, block: blockOf({node: file}, options)};
}

function blockOf(
  block: Block,
  {params, path, stdout, outputs = {}}: BlockOptions,
): Block | undefined {
  if (stdout !== undefined && Object.hasOwn(outputs, stdout)) {
    throw new CrcacheError('usage', `a block has two outputs '${stdout}'`);
  }
  const isPython = block.python !== undefined;
  if (path !== undefined && !isPython) {
    throw new CrcacheError('usage', "'path' is for python alone");
  }
  const isNothing = Object.keys(block).length === 0 && params === undefined;
  return isNothing ? undefined : {...block, params, paths: path};
}
