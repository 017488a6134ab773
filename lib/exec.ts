// The door to other programs; who needs more of them than that goes by the files beside it (tools.ts, piped.ts, ...). execa
// is loaded when the first one is run: most commands run none.

import {constants} from 'node:os';
import type {Writable} from 'node:stream';
import {encodeBytes, isText} from './bytes.js';
import {closeEnd, makeOutputPipes, piecesFrom, type Pipe} from './pipes.js';
import {asWatcher, ownIds, watcherKey} from './processes.js';
import {quote} from './quote.js';
import {cannotRun} from './tool-answer.js';
import {readWhole} from './whole-output.js';

export interface ForegroundOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** What every program is started with: no other environment, and no failure where it ends with one. */
function startOptions({
  env,
  cwd,
}: ForegroundOptions): ForegroundOptions & {readonly extendEnv: false; readonly reject: false} {
  return {env: {...env}, cwd, extendEnv: false, reject: false};
}

/** Runs a program with the caller's own streams; the value is its exit status, 128+n for a signal. */
export async function runInForeground(
  program: string,
  words: readonly string[],
  {env, cwd}: ForegroundOptions,
): Promise<number> {
  const {execa} = await import('execa');
  const options = startOptions({env, cwd});
  const code = encodeBytes([program, ...words].map(quote).join(' '));
  const child = words.every(isText)
    ? execa(program, words, {...options, stdio: 'inherit'})
    : execa('sh', ['-c', readingItsWords], {
        ...options,
        stdio: ['inherit', 'inherit', 'inherit', code],
      });
  const result = await child;
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal === undefined) throw cannotRun(program, result.cause);
  return 128 + constants.signals[result.signal];
}

export interface Answer {
  /** 128+n for a signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AskOptions extends ForegroundOptions {
  /** What it reads; nothing unless given. */
  readonly input?: string | undefined;
  /** Ends it when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: (pid: number) => void;
}

/** Runs a program for what it prints. */
export async function askProgram(
  program: string,
  words: readonly string[],
  {env, cwd, input, signal, onStart}: AskOptions,
): Promise<Answer> {
  const {execa} = await import('execa');
  const code = encodeBytes([program, ...words].map(quote).join(' '));
  const child = execa('sh', ['-c', readingItsWords], {
    ...startOptions({env, cwd}),
    buffer: false,
    ...(signal && {cancelSignal: signal}),
    stdio: [input === undefined ? 'ignore' : Buffer.from(input), 'pipe', 'pipe', code],
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  const all = Promise.all([child, readWhole(child.stdout), readWhole(child.stderr)]);
  all.catch(() => child.kill());
  const [{exitCode, signal: end, cause}, stdout, stderr] = await all;
  if (child.pid === undefined) throw cannotRun('sh', cause);
  return {status: exitCode ?? 128 + constants.signals[end ?? 'SIGKILL'], stdout, stderr};
}

/** A sh that cannot start the program that it reads by would end with 2, as if it were the command. */
const reading = 'trap "exit 125" 0; eval';

/** Node hands on UTF-8 alone: other words go through a pipe to a sh, which becomes the program. */
const readingItsWords = `${reading} "set -- $(cat <&3)" && trap - 0 && exec 3<&- && exec "$@"`;

/** Starts a program that goes on by itself: in a session of its own, with none of the caller's streams. */
export async function startInBackground(
  [program, ...words]: readonly [string, ...string[]],
  {env, cwd}: ForegroundOptions,
): Promise<void> {
  const {execa} = await import('execa');
  const child = execa(program, words, {
    ...startOptions({env, cwd}),
    detached: true,
    cleanup: false,
    stdio: 'ignore',
  });
  child.unref();
}

export interface CommandOptions extends ForegroundOptions {
  readonly umask: number;
  /** Keeps our terminal from it: its input is a pipe, and it has a session of its own. */
  readonly isWithoutTerminal?: boolean;
  /** Gives us what it prints, so that it has no terminal of ours there. */
  readonly isRead?: boolean;
  readonly hasNoInput?: boolean;
}

export interface RunningCommand {
  readonly pid: number;
  readonly end: Promise<CommandEnd>;
  /** What it prints, where it is read: all of it must be, or the stream destroyed, which ends it by SIGPIPE. */
  readonly stdout: AsyncIterable<Buffer> | undefined;
  readonly stderr: AsyncIterable<Buffer> | undefined;
}

export interface CommandEnd {
  /** The exit status, 128+n for a signal. */
  readonly status: number;
  readonly signal: NodeJS.Signals | undefined;
}

/**
 * Starts a program with our streams, and words and an environment that may hold any byte. Node hands on nothing but
 * UTF-8, so a sh is started that reads on a pipe what it is to become.
 */
export async function startCommand(
  [program, ...words]: readonly [string, ...string[]],
  {env, cwd, umask, isWithoutTerminal = false, isRead = false, hasNoInput = false}: CommandOptions,
): Promise<RunningCommand> {
  const {execa} = await import('execa');
  const stream = isWithoutTerminal ? (['inherit', 'pipe'] as const) : ('inherit' as const);
  const input = hasNoInput ? 'ignore' : stream;
  const [out, err] = isRead ? await makeOutputPipes() : [];
  const bytesOnly = Object.entries(env).filter(([, value = '']) => !isText(value));
  const lines = [
    `trap - 0; exec 3<&-; umask ${umask.toString(8)}`,
    ...bytesOnly.map(([key, value = '']) => `export ${key}=${quote(value)}`),
    `exec ${[program, ...words].map(quote).join(' ')}`,
  ];
  const code = encodeBytes(lines.join('\n'));
  const child = execa('sh', ['-c', `${reading} "$(cat <&3)"`], {
    ...startOptions({env, cwd}),
    detached: isWithoutTerminal || hasNoInput,
    cleanup: false,
    buffer: false,
    stdio: [input, writtenBy(out), writtenBy(err), code],
  });
  for (const pipe of [out, err]) if (pipe !== undefined) closeEnd(pipe.writes);
  if (child.pid === undefined) throw cannotRun('sh', (await child).cause);
  return {
    pid: child.pid,
    stdout: out && piecesFrom(out),
    stderr: err && piecesFrom(err),
    end: child.then(({exitCode, signal}) => ({
      status: exitCode ?? 128 + constants.signals[signal ?? 'SIGKILL'],
      signal,
    })),
  };
}

/** For execa, which takes any descriptor, and whose types know but the first ten. */
function writtenBy(pipe: Pipe | undefined): 'inherit' | 9 {
  return pipe === undefined ? 'inherit' : (pipe.writes as 9);
}

/** Somebody who acts when this process cannot any more. */
export interface Watcher {
  /** Gives the program that is to be run one more word. */
  readonly tell: (word: string) => void;
  /** All that was watched over is done: the watcher ends, and does nothing. */
  readonly dismiss: () => Promise<void>;
}

// The pipe closes a moment before its holder is dead to all others, which is when the watcher has another parent. It is
// told who is its own: where that one is killed at once, it has another one already when it begins.
const watching = `
trap '' HUP INT QUIT TERM
holder=$1
shift
while read -r word; do [ "$word" != done ] || exit 0; set -- "$@" "\${word#+}"; done
parent() { read -r stat </proc/$$/stat && set -- \${stat##*) } && echo "$2"; }
while [ "$(parent)" = "$holder" ]; do sleep 0.01; done
unset ${watcherKey}
exec "$@"`;

/**
 * Has a program run as soon as this process ends, in whichever way, without having dismissed the watcher: a small sh
 * in a session of its own reads a pipe that only this process holds. The program has none of the caller's streams,
 * and is none of those that end with the instance, the job or the command that this process runs in.
 */
export async function startWatcher(
  words: readonly [string, ...string[]],
  {env, cwd}: ForegroundOptions,
): Promise<Watcher> {
  const {execa} = await import('execa');
  const child = execa('sh', ['-c', watching, 'sh', String(ownIds().pid), ...words], {
    ...startOptions({env: asWatcher(env), cwd}),
    detached: true,
    cleanup: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  if (child.pid === undefined) throw cannotRun('sh', (await child).cause);
  const pipe: Writable & {readonly unref?: () => void} = child.stdin;
  pipe.on('error', () => undefined); // a watcher that was killed has nothing to be told
  child.unref();
  pipe.unref?.();
  return {
    tell: (word) => {
      pipe.write(`+${word}\n`);
    },
    dismiss: async () => {
      child.ref();
      pipe.end('done\n');
      await child;
    },
  };
}
