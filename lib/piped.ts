// Programs between pipes: what they say is kept, and what they print where that is wanted.

import type {ChildProcess, StdioOptions} from 'node:child_process';
import {constants} from 'node:os';
import type {Readable, Writable} from 'node:stream';
import {decodeBytes, encodeBytes, isText} from './bytes.js';
import {closeEnd, type Pipe} from './pipes.js';
import {quote} from './quote.js';
import {byUmask} from './this-process.js';
import {mostPrinted, tooMuch} from './tool-answer.js';

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
  /** What it makes goes by this; by our own unless given. */
  readonly umask?: number | undefined;
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
  {env, cwd, stdin, stdout, stderr, leadsGroup, umask}: PipedOptions,
): Promise<Piped> {
  const child = await spawnExactly(command, {
    ...{env: {...env}, cwd, umask},
    detached: leadsGroup,
    stdio: [stdin ?? 'ignore', stdout ?? 'ignore', stderr?.writes ?? 'pipe'],
  });
  const ended = endOf(child);
  const drain = stderr === undefined ? undefined : await startDrain(stderr, {env, cwd});
  const said = bytesOf(drain === undefined ? child.stderr : drain.stdout, mostSaid);
  for (const each of [stdin, stdout, stderr?.reads, stderr?.writes]) {
    if (each !== undefined && each > 2) closeEnd(each);
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
  const code = `head -c ${String(mostSaid)}; exec cat >/dev/null`;
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
  /** What it makes goes by this; by our own unless given. */
  readonly umask?: number | undefined;
}

/** What a program prints, as bytes, where that does not go to a file, and the beginning of what it says on stderr. */
export interface BytesEnd extends PipedEnd {
  readonly stdout: Buffer;
}

/** Runs a program to its end, from one file to another. */
export async function runForBytes(
  command: readonly [string, ...string[]],
  {env, cwd, stdin, stdout, leadsGroup, umask}: BytesOptions,
): Promise<BytesEnd> {
  const stdio = [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'] as const;
  const usual = {env: {...env}, cwd, detached: leadsGroup, umask};
  const child = await spawnExactly(command, {...usual, stdio: [...stdio]});
  const [status, printed, said] = await Promise.all([
    endOf(child),
    bytesOf(child.stdout, mostPrinted, () => child.kill()),
    bytesOf(child.stderr, mostSaid),
  ]);
  if (printed.length > mostPrinted) return {status: 1, stdout: noBytes, stderr: tooMuch};
  return {status, stdout: printed, stderr: decodeBytes(said)};
}

interface ExactOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly detached: boolean | undefined;
  readonly umask: number | undefined;
  readonly stdio: Exclude<StdioOptions, string>;
}

/** Starts a program with words of any bytes. */
async function spawnExactly(
  [program, ...words]: readonly [string, ...string[]],
  {stdio, env, cwd, detached = false, umask}: ExactOptions,
): Promise<ChildProcess> {
  const usual = {env, cwd, detached};
  const {spawn} = await import('node:child_process');
  if ([program, ...words].every(isText)) {
    return byUmask(umask, () => spawn(program, words, {...usual, stdio}));
  }
  const child = byUmask(umask, () =>
    spawn('sh', ['-c', readingItsWords], {...usual, stdio: [...stdio, 'pipe']}),
  );
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

const noBytes = Buffer.alloc(0);

/**
 * What comes in a stream, or the first so many bytes of that, and a few more: the rest is read, for nobody is to wait for us,
 * unless somebody is to be told that there is more.
 */
function bytesOf(stream: Readable | null, most: number, onMore?: () => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    if (stream === null) resolve(noBytes);
    stream?.on('data', (part: Buffer) => {
      if (length <= most) parts.push(part);
      length += part.length;
      if (length <= most || onMore === undefined) return;
      stream.destroy();
      onMore();
      resolve(Buffer.concat(parts));
    });
    stream?.on('error', reject);
    stream?.on('end', () => {
      resolve(Buffer.concat(parts));
    });
  });
}

/** Node hands on UTF-8 alone: other words go through a pipe to a sh, which becomes the program. */
const readingItsWords = 'eval "set -- $(cat <&3)" && exec 3<&- && exec "$@"';
