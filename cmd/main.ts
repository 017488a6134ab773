// The program's own end: the only file that touches `process`. It makes a context from it, runs the
// program, and turns what comes of that into lines on stderr and an exit status.

import {userInfo} from 'node:os';
import {closeSync, fstatSync, openSync, readFileSync, writeSync} from 'node:fs';
import type {Context, Environment, Output} from '../lib/cli/context.js';
import {isBrokenPipe, reportOf, textOf, unkept} from '../lib/cli/exit-status.js';
import {launcherOf, type Launcher} from '../lib/cli/launcher.js';
import {runProgram} from '../lib/cli/program.js';
import {decodeBytes} from '../lib/bytes.js';
import {CrcacheError, describeErrno, hasCode, isFromSystem} from '../lib/errors.js';
import {stepFrom} from '../lib/steps.js';
import {noTrace, traceTo, type Trace} from '../lib/trace.js';
import manifest from '../package.json' with {type: 'json'};
import {commands} from './table.js';

/** Runs the program with the arguments that it was called with. */
export async function main(): Promise<void> {
  const stderr = outputTo('stderr');
  try {
    const argv = exactArgv();
    const context = makeContext(stderr, argv, process.umask(0o077));
    context.trace(`crcache ${context.version} ${JSON.stringify(argv)}`);
    process.exitCode = await runProgram(context, argv);
    context.trace(`exit status ${String(process.exitCode)}`);
  } catch (error) {
    const report = reportOf(error);
    process.exitCode = report.status;
    await stderr.write(textOf(report)).catch(() => undefined); // there is nobody left to tell
  }
  await stderr.isDone();
}

/** Runs the program, and ends: node takes 2 ms to take itself down where it is left to do so. */
export async function runToEnd(): Promise<void> {
  await main();
  setImmediate(() => {
    process.exit(); // what a promise failed with that nobody waited for has been told by now
  });
}

/** Node, which ends by giving terminals their settings back, crashes with one that has gone away. */
function closeLostTerminals(): void {
  for (const descriptor of [0, 1, 2]) {
    if (isDevice(descriptor) && !isTerminal(descriptor)) closeSync(descriptor);
  }
}

/** Node's own answer, whose module takes 4 ms to load, is for devices: files, pipes and /dev/null are no terminals. */
function isTerminal(descriptor: number): boolean {
  return isDevice(descriptor) && process.getBuiltinModule('node:tty').isatty(descriptor);
}

function isDevice(descriptor: number): boolean {
  try {
    const device = fstatSync(descriptor);
    return device.isCharacterDevice() && device.rdev !== nullDevice;
  } catch (error) {
    if (hasCode(error, 'EBADF')) return false;
    throw error;
  }
}

const nullDevice = 0x103;

/** What fails where nobody waits for it, in a timer or an event, is a bug as any other. */
function endByBug(error: unknown): void {
  const report = reportOf(error);
  writeAtOnce('stderr', textOf(report));
  process.exit(report.status);
}

/** The words that it was called with; node has lost what is not UTF-8 in them. */
function exactArgv(): string[] {
  const argv = process.argv.slice(2);
  if (!argv.some((word) => word.includes('\ufffd'))) return argv;
  return readWords('/proc/self/cmdline').slice(-argv.length);
}

/** The launcher that waits for sh code on this file descriptor. */
function launcherAt(descriptor: string | undefined, argv: readonly string[]): Launcher | undefined {
  if (descriptor === undefined) return undefined;
  return launcherOf({argv, env: exactEnvironment()}, (code) => {
    for (let rest = code; rest.length > 0;) {
      rest = rest.subarray(writeSync(Number(descriptor), rest));
    }
  });
}

/** The environment; as with the words, node has lost what is not UTF-8 in it. */
function exactEnvironment(): Environment {
  if (!Object.values(process.env).some((value) => value?.includes('\ufffd'))) return process.env;
  const exact = readWords('/proc/self/environ').map((entry) => {
    const [key = '', ...value] = entry.split('=');
    return [key, value.join('=')] as const;
  });
  return {...process.env, ...Object.fromEntries(exact)};
}

function readWords(path: string): string[] {
  const words = readFileSync(path, 'latin1').split('\0').slice(0, -1);
  return words.map((word) => decodeBytes(Buffer.from(word, 'latin1')));
}

function makeContext(stderr: Output, argv: readonly string[], umask: number): Context {
  const now = (): Date => new Date();
  const launcher = launcherAt(process.env['CRCACHE_PLAN'], argv);
  delete process.env['CRCACHE_PLAN'];
  return {
    launcher,
    env: exactEnvironment(),
    stdinIsTerminal: () => isTerminal(0),
    // Asked for by the command: what one that has gone makes of it is that one's failure.
    get cwd() {
      try {
        return process.cwd();
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error;
        throw new CrcacheError('failed', 'the current directory is gone');
      }
    },
    umask,
    home: process.env['HOME'],
    openStdin: () => process.stdin,
    stdout: outputTo('stdout'),
    stderr,
    // Nobody is told that nobody can be told.
    listen: (piece) => void stderr.write(piece).catch(() => undefined),
    isQuiet: false,
    isVerbose: false,
    trace: traceFrom(process.env['CRCACHE_TRACE'], now),
    step: stepFrom(process.env['CRCACHE_STOP_AT'], (signal) => process.kill(process.pid, signal)),
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    user: userName,
    program: [process.execPath, ...process.execArgv, '--', process.argv[1] ?? ''],
    commandLine: ['crcache', ...argv].join(' '),
    now,
    version: manifest.version,
    commands,
  };
}

/** The user's name; the number of one whom the machine has no name for, as in many containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    return String(process.getuid?.());
  }
}

type OutputName = 'stdout' | 'stderr';

/**
 * An output that opens node's stream, which takes longer than to write, only if it must. It is done when nothing is on its
 * way that was written without waiting for it.
 */
function outputTo(name: OutputName): Output & {readonly isDone: () => Promise<void>} {
  let opened: NodeJS.WriteStream | undefined;
  let last: Promise<void> | undefined;
  const open = (): NodeJS.WriteStream => {
    opened ??= process[name].on('error', () => undefined); // each write learns of it by its own callback
    return opened;
  };
  return {
    get isTerminal() {
      // Node's stream of a pipe would change that for those who share it, as a command that is run does.
      return isTerminal(name === 'stdout' ? 1 : 2);
    },
    get columns() {
      return open().columns;
    },
    async write(text) {
      try {
        const rest = opened === undefined ? writeAtOnce(name, text) : bytesOf(text);
        if (rest.length > 0) await (last = writeToStream(open(), rest));
      } catch (error) {
        if (isBrokenPipe(error) || !isFromSystem(error)) throw error;
        throw cannotWrite(name, error);
      }
    },
    isDone: async () => last?.catch(() => undefined), // a stream writes in its order
  };
}

/** Bytes stay where they are: a copy of each piece of what flows by the gigabyte would fill memory. */
function bytesOf(text: string | Uint8Array): Buffer {
  if (typeof text === 'string') return Buffer.from(text);
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength);
}

/** Writes what the other end takes at once; the value is the rest. */
function writeAtOnce(name: OutputName, text: string | Uint8Array): Buffer {
  let rest = bytesOf(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(name === 'stdout' ? 1 : 2, rest));
  } catch (error) {
    if (!hasCode(error, 'EAGAIN')) throw error;
  }
  return rest;
}

function writeToStream(stream: NodeJS.WriteStream, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error == null) resolve();
      else reject(error);
    });
  });
}

/** CRCACHE_TRACE: nothing or 0, 1 for stderr, else the file to append to. */
function traceFrom(wish: string | undefined, now: () => Date): Trace {
  if (wish === undefined || wish === '' || wish === '0') return noTrace;
  if (wish === '1') return traceTo((line) => writeAtOnce('stderr', line), now);
  const file = openTrace(wish);
  process.on('exit', () => {
    closeSync(file);
  });
  return traceTo((line) => {
    try {
      writeSync(file, line);
    } catch {
      // a trace that cannot be written is no reason to leave the work half done
    }
  }, now);
}

function openTrace(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    throw cannotWrite('the trace', error);
  }
}

function cannotWrite(what: string, error: NodeJS.ErrnoException): CrcacheError {
  return new CrcacheError('failed', `cannot write ${what}: ${describeErrno(error)}`);
}

process.on('uncaughtException', endByBug);
process.on('beforeExit', () => {
  if (process.exitCode === undefined) endByBug(unkept);
});
process.on('exit', closeLostTerminals);
process.on('SIGUSR1', endByBug).off('SIGUSR1', endByBug); // node would let everybody here debug us
