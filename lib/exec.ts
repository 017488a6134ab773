// The one door to other programs. execa is loaded when the first one is run: most commands run none.

import {constants} from 'node:os';
import type {Writable} from 'node:stream';
import {encodeBytes, isText} from './bytes.js';
import {CrcacheError, hasCode} from './errors.js';
import {listNames, makeDirectory, readText, removeTree, renameIfThere} from './files.js';
import {membersOf, sendSignal, startTimeOf, startTimeOfStat} from './processes.js';
import {quote} from './quote.js';

export interface ForegroundOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Runs a program with the caller's own streams; the value is its exit status, 128+n for a signal. */
export async function runInForeground(
  program: string,
  words: readonly string[],
  {env, cwd}: ForegroundOptions,
): Promise<number> {
  const {execa} = await import('execa');
  const result = await execa(program, words, {
    env: {...env},
    extendEnv: false,
    cwd,
    stdio: 'inherit',
    reject: false,
  });
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal === undefined) throw cannotRun(program, result.cause);
  return 128 + constants.signals[result.signal];
}

export interface ToolOptions {
  /** How the directory's name begins where the tool notes its pid and start time; made here, and removed. */
  readonly workersDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** Notes the process before it becomes the tool. Where the directory was taken away, the tool never starts. */
const notingItself = 'read -r stat </proc/$$/stat && echo "$stat" >"$0/$$" && exec "$@"';

/**
 * Runs a tool as part of a transition: in a session of its own and noted in a directory, so that who takes over
 * from a dead worker can end it first. A tool that fails is a failure that quotes the end of what it said.
 */
export async function runTool(
  program: string,
  words: readonly string[],
  {workersDirectory, env, timeoutMs}: ToolOptions,
): Promise<void> {
  const {execa} = await import('execa');
  const notes = `${workersDirectory}${Math.random().toString(36).slice(2)}`;
  makeDirectory(notes);
  const child = execa('sh', ['-c', notingItself, notes, program, ...words], {
    env: {...env},
    extendEnv: false,
    detached: true,
    stdin: 'ignore',
    reject: false,
    all: true,
  });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
  }, timeoutMs);
  const result = await child;
  clearTimeout(timer);
  removeTree(notes);
  if (result.exitCode === 0) return;
  const end = result.all.trim().split('\n').at(-1) ?? '';
  const how = result.signal ?? `status ${String(result.exitCode)}`;
  throw new CrcacheError('failed', `'${program}' ended with ${how}${end === '' ? '' : `: ${end}`}`);
}

/**
 * Ends what a dead worker's tools left running, and sees it gone. The directory is renamed first: a tool that has not
 * noted itself yet then cannot, and does not start.
 */
export async function endTools(workersDirectory: string): Promise<void> {
  for (const name of listNames(workersDirectory)) {
    const taken = name.endsWith('.ended') ? name : `${name}.ended`;
    renameIfThere(`${workersDirectory}/${name}`, `${workersDirectory}/${taken}`);
    for (const note of listNames(`${workersDirectory}/${taken}`)) {
      await endGroup(Number(note), await writtenNote(`${workersDirectory}/${taken}/${note}`));
    }
    removeTree(`${workersDirectory}/${taken}`);
  }
}

/** What a process notes of itself; one that has just made its note writes it in the next moment, or never. */
async function writtenNote(path: string): Promise<string> {
  for (const deadline = performance.now() + 1_000; ;) {
    const text = readText(path) ?? '';
    if (text.endsWith('\n') || performance.now() > deadline) return text;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function endGroup(leader: number, stat: string): Promise<void> {
  if (!Number.isInteger(leader) || leader <= 1) return;
  const start = startTimeOf(leader);
  if (start !== undefined && start !== startTimeOfStat(stat)) return; // the pid is somebody else's today
  const deadline = performance.now() + 10_000;
  for (;;) {
    const members = membersOf(leader);
    if (members.length === 0) return;
    if (performance.now() > deadline) {
      throw new CrcacheError('failed', `cannot end process ${members.join(', ')}`);
    }
    sendSignal(-leader, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a program that goes on by itself: in a session of its own, with none of the caller's streams. */
export async function startInBackground(
  [program, ...words]: readonly [string, ...string[]],
  {env, cwd}: ForegroundOptions,
): Promise<void> {
  const {execa} = await import('execa');
  const child = execa(program, words, {
    env: {...env},
    extendEnv: false,
    cwd,
    detached: true,
    cleanup: false,
    stdio: 'ignore',
    reject: false,
  });
  child.unref();
}

export interface CommandOptions extends ForegroundOptions {
  readonly umask: number;
  /** Keeps our terminal from it: its streams are pipes, and it has a session of its own. */
  readonly isWithoutTerminal?: boolean;
}

export interface RunningCommand {
  readonly pid: number;
  readonly end: Promise<CommandEnd>;
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
  {env, cwd, umask, isWithoutTerminal = false}: CommandOptions,
): Promise<RunningCommand> {
  const {execa} = await import('execa');
  const stream = isWithoutTerminal ? (['inherit', 'pipe'] as const) : ('inherit' as const);
  const bytesOnly = Object.entries(env).filter(([, value = '']) => !isText(value));
  const code = [
    `exec 3<&-; umask ${umask.toString(8)}`,
    ...bytesOnly.map(([key, value = '']) => `export ${key}=${quote(value)}`),
    `exec ${[program, ...words].map(quote).join(' ')}`,
  ];
  const child = execa('sh', ['-c', 'eval "$(cat <&3)"'], {
    env: {...env},
    extendEnv: false,
    cwd,
    detached: isWithoutTerminal,
    cleanup: false,
    buffer: false,
    reject: false,
    stdio: [stream, stream, stream, encodeBytes(code.join('\n'))],
  });
  if (child.pid === undefined) throw cannotRun('sh', (await child).cause);
  return {
    pid: child.pid,
    end: child.then(({exitCode, signal}) => ({
      status: exitCode ?? 128 + constants.signals[signal ?? 'SIGKILL'],
      signal,
    })),
  };
}

/** Somebody who acts when this process cannot any more. */
export interface Watcher {
  /** Gives the program that is to be run one more word. */
  readonly tell: (word: string) => void;
  /** All that was watched over is done: the watcher ends, and does nothing. */
  readonly dismiss: () => Promise<void>;
}

const watching =
  'while read -r word; do [ "$word" != done ] || exit 0; set -- "$@" "${word#+}"; done; exec "$@"';

/**
 * Has a program run as soon as this process ends, in whichever way, without having dismissed the watcher: a small sh
 * in a session of its own reads a pipe that only this process holds. The program has none of the caller's streams.
 */
export async function startWatcher(
  words: readonly [string, ...string[]],
  {env, cwd}: ForegroundOptions,
): Promise<Watcher> {
  const {execa} = await import('execa');
  const child = execa('sh', ['-c', watching, 'sh', ...words], {
    env: {...env},
    extendEnv: false,
    cwd,
    detached: true,
    cleanup: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
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

/** The failure of a program that was found and yet did not start. */
function cannotRun(program: string, cause: unknown): Error {
  if (hasCode(cause, 'ENOENT')) {
    // The file is there: what is not is what its first line names.
    return new CrcacheError('failed', `cannot run '${program}': its interpreter is missing`);
  }
  if (hasCode(cause, 'EACCES', 'E2BIG', 'ETXTBSY')) {
    return new CrcacheError('failed', `cannot run '${program}': ${String(cause.code)}`);
  }
  return new Error(`cannot run '${program}'`, {cause});
}
