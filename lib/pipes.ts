// Programs on pipes that this process reads and writes itself, without waiting for events: what flows by the gigabyte
// would otherwise take longer in node's streams than in the programs at both ends.

import type {ChildProcess, StdioOptions} from 'node:child_process';
import fs from 'node:fs';
import {constants} from 'node:os';
import type {Readable, Writable} from 'node:stream';
import {decodeBytes, encodeBytes, isText} from './bytes.js';
import {CrcacheError, hasCode} from './errors.js';
import {pieceBytes} from './pieces.js';
import {quote} from './quote.js';
import {makeScratch} from './scratch.js';

/** Both ends of a pipe, as file descriptors of this process. */
export interface Pipe {
  readonly reads: number;
  readonly writes: number;
}

/** Pipes that block, which node has none of: they have names for as long as it takes to open them. */
export async function makePipes(scratch: string, count: number): Promise<Pipe[]> {
  if (count === 0) return [];
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

/** Writes a new file that a program is to read. */
export function writeBytes(path: string, bytes: Buffer): void {
  fs.writeFileSync(path, bytes, {mode: 0o600, flag: 'wx'});
}

/** Opens it for that. */
export function openForReading(path: string): number {
  return fs.openSync(path, 'r');
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

/**
 * What comes out of a pipe, piece by piece, which is waited for by events; who reads no further closes that end. All pieces
 * are in one buffer: each is valid until the next one is asked for.
 */
export async function* piecesFrom({reads}: Pipe): AsyncGenerator<Buffer, void, undefined> {
  const {Socket} = await import('node:net');
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let tell: (size: number | Error) => void = () => undefined;
  const callback = (size: number): boolean => {
    tell(size);
    return false; // which pauses it
  };
  const options = {fd: reads, readable: true, writable: false, onread: {buffer, callback}};
  const socket = new Socket(options);
  socket.on('error', (error) => {
    tell(error);
  });
  socket.on('end', () => {
    tell(0);
  });
  try {
    for (;;) {
      const size = await new Promise<number | Error>((resolve) => {
        tell = resolve;
        socket.resume();
      });
      if (size instanceof Error) throw size;
      if (size === 0) return;
      yield buffer.subarray(0, size);
    }
  } finally {
    socket.destroy();
  }
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
  /** Where this process is busy with what flows, a program drains it; else this process does, as things happen. */
  readonly stderr?: Pipe | undefined;
  /** It is the first of a group of its own. */
  readonly leadsGroup?: boolean;
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
  command: readonly [string, ...string[]],
  {env, cwd, stdin, stdout, stderr, leadsGroup}: PipedOptions,
): Promise<Piped> {
  const drain = stderr === undefined ? undefined : await startDrain(stderr, {env, cwd});
  const child = await spawnExactly(command, {
    ...{env: {...env}, cwd},
    detached: leadsGroup,
    stdio: [stdin ?? 'ignore', stdout ?? 'ignore', stderr?.writes ?? 'pipe'],
  });
  const ended = endOf(child);
  const said = bytesOf(drain === undefined ? child.stderr : drain.stdout, mostSaid);
  for (const each of [stdin, stdout, stderr?.reads, stderr?.writes]) {
    if (each !== undefined && each > 2) fs.closeSync(each);
  }
  return {
    end: Promise.all([ended, said]).then(([status, bytes]) => ({
      status,
      stderr: decodeBytes(bytes),
    })),
  };
}

/** How much is kept of what a program says. */
const mostSaid = 65_536;

async function startDrain(
  {reads}: Pipe,
  {env, cwd}: Pick<PipedOptions, 'env' | 'cwd'>,
): Promise<ChildProcess> {
  const {spawn} = await import('node:child_process');
  const code = `head -c ${String(mostSaid)}; cat >/dev/null`;
  return spawn('sh', ['-c', code], {cwd, env: {...env}, stdio: [reads, 'pipe', 'ignore']});
}

export interface BytesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Descriptors that become the program's, and stay open here. */
  readonly stdin?: number | undefined;
  readonly stdout?: number | undefined;
  /** It is the first of a group of its own. */
  readonly leadsGroup?: boolean;
}

/** What a program prints, as bytes, where that does not go to a file, and the beginning of what it says on stderr. */
export interface BytesEnd extends PipedEnd {
  readonly stdout: Buffer;
}

/** Runs a program to its end, from one file to another. */
export async function runForBytes(
  command: readonly [string, ...string[]],
  {env, cwd, stdin, stdout, leadsGroup}: BytesOptions,
): Promise<BytesEnd> {
  const stdio = [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'] as const;
  const usual = {env: {...env}, cwd, detached: leadsGroup};
  const child = await spawnExactly(command, {...usual, stdio: [...stdio]});
  const [status, printed, said] = await Promise.all([
    endOf(child),
    bytesOf(child.stdout),
    bytesOf(child.stderr, mostSaid),
  ]);
  return {status, stdout: printed, stderr: decodeBytes(said)};
}

interface ExactOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly detached: boolean | undefined;
  readonly stdio: Exclude<StdioOptions, string>;
}

/** Starts a program with words of any bytes. */
async function spawnExactly(
  [program, ...words]: readonly [string, ...string[]],
  {stdio, env, cwd, detached = false}: ExactOptions,
): Promise<ChildProcess> {
  const usual = {env, cwd, detached};
  const {spawn} = await import('node:child_process');
  if ([program, ...words].every(isText)) return spawn(program, words, {...usual, stdio});
  const child: ChildProcess = spawn('sh', ['-c', readingItsWords], {
    ...usual,
    stdio: [...stdio, 'pipe'],
  });
  (child.stdio[3] as Writable).end(encodeBytes([program, ...words].map(quote).join(' ')));
  return child;
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      resolve(status ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
}

/** About so many bytes of a stream, which is read to its end: nobody waits for us, and nobody fills our memory. */
function bytesOf(stream: Readable | null, most = Infinity): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    if (stream === null) resolve(Buffer.alloc(0));
    stream?.on('data', (part: Buffer) => {
      if (length < most) parts.push(part);
      length += part.length;
    });
    stream?.on('error', reject);
    stream?.on('end', () => {
      resolve(Buffer.concat(parts));
    });
  });
}

/** Node hands on UTF-8 alone: other words go through a pipe to a sh, which becomes the program. */
const readingItsWords = 'eval "set -- $(cat <&3)" && exec 3<&- && exec "$@"';
