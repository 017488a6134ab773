// Pipes that this process reads and writes itself, without waiting for events: what flows by the gigabyte would otherwise
// take longer in node's streams than in the programs at both ends.

import fs from 'node:fs';
import {CrcacheError, hasCode} from './errors.js';
import {pieceBytes} from './pieces.js';
import {makeScratch} from './scratch.js';

/** What a pipe holds. */
export const pipeBytes = 65_536;

/** How much is written at once: half of that, so that who reads has something to do while more is fetched. */
export const pipePieceBytes = pipeBytes / 2;

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
