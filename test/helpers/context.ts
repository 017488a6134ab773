// A context for commands that run inside a test.

import {Readable} from 'node:stream';
import type {Context, Output} from '../../lib/cli/context.js';
import {noStep} from '../../lib/steps.js';
import {noTrace} from '../../lib/trace.js';

export interface TestContext extends Context {
  /** What was written to stdout so far. */
  readonly written: () => string;
  /** What was written to stderr so far. */
  readonly said: () => string;
}

/** A context with nothing in it but what the test gives. */
export function contextFrom(given: Partial<Context> = {}): TestContext {
  const stdout = new Memory();
  const stderr = new Memory();
  return {
    env: {},
    cwd: '/',
    home: undefined,
    openStdin: () => Readable.from([]),
    stdout,
    stderr,
    listen: (piece) => {
      void stderr.write(piece);
    },
    isQuiet: false,
    isVerbose: false,
    trace: noTrace,
    step: noStep,
    pid: process.pid,
    uid: 0,
    umask: 0o022,
    stdinIsTerminal: () => false,
    user: () => 'tester',
    program: ['crcache'],
    launcher: undefined,
    commandLine: 'crcache',
    now: () => new Date(0),
    version: '1.2.3',
    commands: [],
    ...given,
    written: () => stdout.text,
    said: () => stderr.text,
  };
}

class Memory implements Output {
  readonly isTerminal = false;
  readonly columns = 80;
  text = '';

  readonly write = (text: string | Uint8Array): Promise<void> => {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString();
    return Promise.resolve();
  };
}
