// Programs on pipes that this process reads and writes itself, without waiting for events: what flows by the gigabyte
// would otherwise take longer in node's streams than in the programs at both ends.

import type {ChildProcess, StdioOptions} from 'node:child_process';
import fs from 'node:fs';
import {constants, tmpdir} from 'node:os';
import type {Readable, Writable} from 'node:stream';
import {decodeBytes, encodeBytes, isText} from './bytes.js';
import {CrcacheError, hasCode} from './errors.js';
import {quote} from './quote.js';

/** Both ends of a pipe, as file descriptors of this process. */
export interface Pipe {
  readonly reads: number;
  readonly writes: number;
}

/** A directory of one's own for a short while. */
export function makeScratch(): {readonly path: string; readonly remove: () => void} {
  const path = fs.mkdtempSync(`${tmpdir()}/crcache-`);
  return {
    path,
    remove: () => {
      fs.rmSync(path, {recursive: true, force: true});
    },
  };
}

/** Pipes that block, which node has none of: they have names for as long as it takes to open them. */
export async function makePipes(scratch: string, count: number): Promise<Pipe[]> {
  const {spawnSync} = await import('node:child_process');
  const paths = Array.from(
    {length: count},
    () => `${scratch}/${Math.random().toString(36).slice(2)}`,
  );
  const {error, status} = spawnSync('mkfifo', ['-m', '600', '--', ...paths], {stdio: 'ignore'});
  if (status !== 0)
    throw new CrcacheError(
      'failed',
      `cannot make pipes in '${scratch}': ${error?.message ?? 'mkfifo fails'}`,
    );
  return paths.map((path) => {
    const both = fs.openSync(path, fs.constants.O_RDWR); // with it open, neither end waits for the other
    const pipe = {reads: fs.openSync(path, 'r'), writes: fs.openSync(path, 'w')};
    fs.closeSync(both);
    fs.unlinkSync(path);
    return pipe;
  });
}

/**
 * Pipes for what a program prints. Node's own are sockets: nobody can open them by /dev/stdout, and whoever writes to one
 * that was closed has an error where a pipe has SIGPIPE.
 */
export async function makeOutputPipes(): Promise<readonly Pipe[]> {
  const scratch = makeScratch();
  try {
    return await makePipes(scratch.path, 2);
  } finally {
    scratch.remove();
  }
}

export function closeEnd(descriptor: number): void {
  fs.closeSync(descriptor);
}

/** The reading end of a pipe as a stream, which waits by events; destroyed, it closes that end. */
export async function streamFrom({reads}: Pipe): Promise<Readable> {
  const {Socket} = await import('node:net');
  return new Socket({fd: reads, readable: true, writable: false});
}

/** Reads what is there, and waits for the first of it; 0 at the end. */
export function readSome(descriptor: number, buffer: Buffer, offset: number): number {
  return patiently(() => fs.readSync(descriptor, buffer, offset, buffer.length - offset, null));
}

/** Writes all of it. */
export function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) {
    done += patiently(() => fs.writeSync(descriptor, bytes, done, bytes.length - done));
  }
}

/** A stream that was handed to us may be one that does not block: somebody else has set it so. */
function patiently(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

export interface PipedOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Descriptors that become the program's, and are closed here. */
  readonly stdin?: number | undefined;
  readonly stdout?: number | undefined;
  readonly stderr: Pipe;
}

/** How a program ended, and the beginning of what it said on stderr. */
export interface PipedEnd {
  /** 128+n for a signal. */
  readonly status: number;
  readonly stderr: string;
}

export interface Piped {
  readonly end: Promise<PipedEnd>;
}

/** Starts a program between pipes. What it says is drained all the time, so that it never waits for us. */
export async function startPiped(
  [program, ...words]: readonly [string, ...string[]],
  {env, cwd, stdin, stdout, stderr}: PipedOptions,
): Promise<Piped> {
  const {spawn} = await import('node:child_process');
  const usual = {cwd, env: {...env}} as const;
  const drain = spawn('sh', ['-c', 'head -c 65536; cat >/dev/null'], {
    ...usual,
    stdio: [stderr.reads, 'pipe', 'ignore'],
  });
  const isPlain = [program, ...words].every(isText);
  const command: readonly string[] = isPlain ? [program, ...words] : ['sh', '-c', readingItsWords];
  const stdio: Exclude<StdioOptions, string> = [
    stdin ?? 'ignore',
    stdout ?? 'ignore',
    stderr.writes,
    'pipe',
  ];
  const child: ChildProcess = spawn(command[0] ?? program, command.slice(1), {
    ...usual,
    stdio: isPlain ? stdio.slice(0, 3) : stdio,
  });
  if (!isPlain) {
    (child.stdio[3] as Writable).end(encodeBytes([program, ...words].map(quote).join(' ')));
  }
  const ended = endOf(child);
  const said = textOf(drain);
  for (const each of [stdin, stdout, stderr.reads, stderr.writes]) {
    if (each !== undefined && each > 2) fs.closeSync(each);
  }
  return {
    end: Promise.all([ended, said]).then(([status, text]) => ({status, stderr: text})),
  };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
}

function textOf({stdout}: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    stdout?.on('data', (part: Buffer) => parts.push(part));
    stdout?.on('error', reject);
    stdout?.on('end', () => {
      resolve(decodeBytes(Buffer.concat(parts)));
    });
  });
}

/** Node hands on UTF-8 alone: other words go through a pipe to a sh, which becomes the program. */
const readingItsWords = 'eval "set -- $(cat <&3)" && exec 3<&- && exec "$@"';
