// A command with this process as its parent: it may take only so long, and how it ended is written down.
//
// Signals reach the command, this process does not end before it, and if this process is killed a watcher ends the
// command, and what that started, within two seconds.

import {
  askProgram,
  startCommand,
  startWatcher,
  type Answer,
  type AskOptions,
  type RunningCommand,
} from '../exec.js';
import {CrcacheError, hasCode} from '../errors.js';
import {awaitEnd, bearers, endProcesses, signalling} from '../end-processes.js';
import {processesWith, watcherKey, wayKey, withDescendants} from '../processes.js';
import {newNonce} from '../store/worker.js';
import {callAfter} from '../time.js';
import {PassedOn} from './passed-on.js';
import type {RunStart} from './run.js';

export interface Supervision {
  readonly umask: number;
  readonly timeoutMs?: number | undefined;
  /** How long a command that is over its time has to end by itself. */
  readonly graceMs: number;
  readonly isWithoutTerminal: boolean;
  /** Gets what the command prints. */
  readonly reader?: Reader | undefined;
  readonly hasNoInput?: boolean;
  /** Ends the command, and all that it started, when it is aborted. */
  readonly abort?: AbortSignal | undefined;
}

export interface Reader {
  readonly stdout: (piece: Buffer) => Promise<void>;
  readonly stderr: (piece: Buffer) => Promise<void>;
}

/** How a command ended. */
export interface Outcome {
  readonly status: number;
  readonly signal?: string | undefined;
  readonly why: 'exited' | 'signalled' | 'timeout';
  /** Whether this process was told to end meanwhile, by a signal that was passed on. */
  readonly isToEnd: boolean;
}

const timeoutStatus = 124;

/** How long a watcher may take where nothing of the far side answers any more. */
const watcherMs = 15_000;

/** Runs a command to its end. */
export async function supervise(start: RunStart, supervision: Supervision): Promise<Outcome> {
  const {program, words, cwd} = start;
  const {reader, isWithoutTerminal, hasNoInput = false} = supervision;
  const mark = `CRCACHE_RUN_ID=${newNonce()}`;
  const watcher = await startWatcher(['sh', '-c', ending, 'sh', mark], {env: start.env, cwd});
  const signals = new PassedOn(isWithoutTerminal || hasNoInput);
  try {
    const [key, id] = mark.split('=') as [string, string];
    const env = {...start.env, [key]: id};
    const isRead = reader !== undefined;
    const command = await startCommand([program, ...words], {...supervision, isRead, env, cwd});
    watcher.tell(String(command.pid));
    const {pid} = command;
    const processes = processesOf(pid, id);
    signals.to({pid, family: processes.family});
    const timeout = startTimeout(processes, supervision);
    const reading = readAll(command, reader);
    reading.catch(() => undefined); // it is told of when the command has ended
    const {status, signal} = await command.end;
    const isLate = timeout.isReached();
    await reading; // whoever still holds the output is waited for, as by a shell's pipe, until the time is up
    signals.stop();
    await timeout.stop();
    const isToEnd = signals.hasEnded;
    return isLate
      ? {status: timeoutStatus, why: 'timeout', isToEnd}
      : {status, signal, why: signal === undefined ? 'exited' : 'signalled', isToEnd};
  } finally {
    signals.stop();
    await watcher.dismiss();
  }
}

/** Runs a command for what it prints; it ends with all that it started when it is aborted. */
export async function askSupervised(
  {program, words, env, cwd}: Omit<RunStart, 'directory'>,
  {input, graceMs, abort}: Pick<Supervision, 'graceMs' | 'abort'> & Pick<AskOptions, 'input'>,
): Promise<Answer> {
  const id = newNonce();
  let timeout: ReturnType<typeof startTimeout> | undefined;
  try {
    return await askProgram(program, words, {
      ...{env: {...env, CRCACHE_RUN_ID: id}, cwd, input},
      onStart: (pid) => (timeout = startTimeout(processesOf(pid, id), {graceMs, abort})),
    });
  } finally {
    await timeout?.stop();
  }
}

/** What a command has started, by its first process and the id of its run. */
function processesOf(pid: number, id: string): Processes {
  return {
    family: () =>
      withDescendants([pid, ...processesWith(`CRCACHE_RUN_ID=${id}`)], [watcherKey, wayKey]),
    watchers: () => processesWith(`CRCACHE_RUN_WATCHER=${id}`),
  };
}

/** Reads what a command prints. Where nobody wants it any more, its pipe is closed: SIGPIPE is the command's affair. */
async function readAll({stdout, stderr}: RunningCommand, reader?: Reader): Promise<void> {
  if (reader === undefined) return;
  const read = async (
    from: AsyncIterable<Buffer> | undefined,
    to: Reader['stdout'],
  ): Promise<void> => {
    try {
      for await (const piece of from ?? []) await to(piece); // which destroys it where this fails
    } catch (error) {
      if (!hasCode(error, 'EPIPE')) throw error;
    }
  };
  await Promise.all([read(stdout, reader.stdout), read(stderr, reader.stderr)]);
}

interface Processes {
  readonly family: () => number[];
  /** These end what the command has started elsewhere, once the family is gone (lib/source/far-script.ts). */
  readonly watchers: () => number[];
}

/** Ends a family of processes when its time is up, or nobody wants it any more. */
function startTimeout(
  {family, watchers}: Processes,
  {timeoutMs, graceMs, abort}: Pick<Supervision, 'timeoutMs' | 'graceMs' | 'abort'>,
): {isReached: () => boolean; stop: () => Promise<void>} {
  let ending: Promise<readonly number[]> | undefined;
  let aborting: Promise<readonly number[]> | undefined;
  const end = async (): Promise<readonly number[]> => [
    ...(await endProcesses(family, graceMs)),
    ...(await awaitEnd(watchers, watcherMs)),
  ];
  const onAbort = (): void => {
    aborting = end();
  };
  abort?.addEventListener('abort', onAbort);
  if (abort?.aborted === true) onAbort(); // while the command was being started
  const stopWaiting =
    timeoutMs === undefined
      ? undefined
      : callAfter(timeoutMs, () => {
          ending = end();
        });
  return {
    isReached: () => ending !== undefined,
    stop: async () => {
      stopWaiting?.();
      abort?.removeEventListener('abort', onAbort);
      const left = (await Promise.all([ending ?? [], aborting ?? []])).flat();
      if (left.length > 0) {
        throw new CrcacheError('failed', `cannot end process ${left.join(', ')}`);
      }
    },
  };
}

/** What the watcher runs: TERM for the command's family, and KILL for what is still there a second later. */
const ending = `${signalling}${bearers}
family() { bearers "$1" | cut -d / -f 3; echo "\${2:-}"; }
end() { for each in $(family "$2" "\${3:-}"); do signal "$1" "$each"; done; }
end TERM "$@"
sleep 1
end KILL "$@"
end KILL "$@"
`;
