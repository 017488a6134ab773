// The program's own end: the only file that touches `process`. It makes a context from it, runs the
// program, and turns what comes of that into lines on stderr and an exit status.

import {userInfo} from 'node:os';
import {closeSync, openSync, writeSync} from 'node:fs';
import type {Context, Output} from '../lib/cli/context.js';
import {isBrokenPipe, reportOf} from '../lib/cli/exit-status.js';
import {runProgram} from '../lib/cli/program.js';
import {noStep, type Step} from '../lib/steps.js';
import {noTrace, traceTo, type Trace} from '../lib/trace.js';
import manifest from '../package.json' with {type: 'json'};
import {commands} from './table.js';

async function main(): Promise<void> {
  process.umask(0o077);
  const stderr = outputTo(() => process.stderr);
  try {
    const context = makeContext(stderr);
    process.exitCode = await runProgram(context, process.argv.slice(2));
  } catch (error) {
    const {status, lines} = reportOf(error);
    process.exitCode = status;
    await stderr.write(lines.map((line) => `${line}\n`).join('')).catch(ignoreBrokenPipe);
  }
}

function makeContext(stderr: Output): Context {
  const now = (): Date => new Date();
  return {
    env: process.env,
    cwd: process.cwd(),
    home: process.env['HOME'],
    openStdin: () => process.stdin,
    stdout: outputTo(() => process.stdout),
    stderr,
    isQuiet: false,
    isVerbose: false,
    trace: traceFrom(process.env['CRCACHE_TRACE'], now),
    step: stepFrom(process.env['CRCACHE_STOP_AT']),
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    user: userInfo().username,
    program: [process.execPath, process.argv[1] ?? ''],
    commandLine: ['crcache', ...process.argv.slice(2)].join(' '),
    now,
    version: manifest.version,
    commands,
  };
}

/** An output on a stream that is opened at its first use: opening one takes longer than writing to it. */
function outputTo(open: () => NodeJS.WriteStream): Output {
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => {
    opened ??= open().on('error', () => undefined); // each write learns of it by its own callback
    return opened;
  };
  return {
    get isTerminal() {
      return stream().isTTY;
    },
    get columns() {
      return stream().columns;
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        stream().write(text, (error) => {
          if (error == null) resolve();
          else reject(error);
        });
      }),
  };
}

/** CRCACHE_TRACE: nothing or 0, 1 for stderr, else the file to append to. */
function traceFrom(wish: string | undefined, now: () => Date): Trace {
  if (wish === undefined || wish === '' || wish === '0') return noTrace;
  if (wish === '1') return traceTo((line) => process.stderr.write(line), now);
  const file = openSync(wish, 'a', 0o600);
  process.on('exit', () => {
    closeSync(file);
  });
  return traceTo((line) => writeSync(file, line), now);
}

/**
 * CRCACHE_STOP_AT, for tests: `kill:STEP` or `stop:STEP` sends this process that signal as it reaches the step;
 * `kill:STEP:2` when it does so for the second time.
 */
function stepFrom(wish: string | undefined): Step {
  const [, signal, name, ordinal = '1'] =
    /^(kill|stop):([a-z:-]+?)(?::([0-9]+))?$/.exec(wish ?? '') ?? [];
  if (signal === undefined) return noStep;
  let count = 0;
  return (step) => {
    if (step !== name || ++count !== Number(ordinal)) return;
    process.kill(process.pid, signal === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  };
}

function ignoreBrokenPipe(error: unknown): void {
  if (!isBrokenPipe(error)) throw error;
}

void main();
