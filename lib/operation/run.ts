// run: what is to be started so that a command runs in an instance.

import {decodeBytes, encodeBytes} from '../bytes.js';
import {CrcacheError} from '../errors.js';
import {isExecutable, readBytes} from '../files.js';
import {growFile} from '../pieces.js';
import {quote} from '../quote.js';
import {newNonce} from '../store/worker.js';
import {inside} from './around.js';
import type {Block} from './block/parts.js';
import type {Cache} from './cache.js';
import {commandLine} from './command-line.js';
import {usableInstance, type Usable} from './usable.js';

export interface RunRequest {
  /** The word that says which instance. */
  readonly instance: string;
  /** The command and its arguments; none is a shell. */
  readonly words: readonly string[];
  /** A command line for sh, which finds the words as its arguments. */
  readonly line?: string | undefined;
  /** Code that is to be the command, or to have parameters; `withBlock` makes the command of it. */
  readonly block?: Block | undefined;
  /** Each 'KEY=VALUE', or 'KEY' for the caller's own value. */
  readonly settings?: readonly string[];
  /** Files of such settings, a line each. */
  readonly settingFiles?: readonly string[];
  readonly directory?: string | undefined;
  readonly user?: string | undefined;
  /** Files that the command is to find in the instance. */
  readonly files?: readonly string[] | undefined;
  /** Whether the command is to have a terminal; where it is not said, as it comes. */
  readonly terminal?: 'on' | 'off' | undefined;
  /** Whether nothing is put around the command, as it is crcache's own. */
  readonly isPlain?: boolean;
  /** Whether the caller's stdin is a terminal. */
  readonly isAtTerminal: boolean;
}

/** A program, the instance's run script, and what it is given. */
export interface RunStart {
  readonly program: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The instance's. */
  readonly directory: string;
}

/** What is to be started. */
export function planRun(cache: Cache, request: RunRequest): RunStart {
  return planRunIn(cache, usableInstance(cache, request.instance), request);
}

/** The same in an instance that is at hand. */
export function planRunIn(
  cache: Cache,
  usable: Usable,
  request: Omit<RunRequest, 'instance'>,
): RunStart {
  const {env, cwd} = cache.caller;
  const user = userOf(request);
  const words = commandLine(usable, {
    words: request.words,
    line: request.line,
    settings: settingsOf(cache, request),
    directory: request.directory,
  });
  cache.around.trace(`run in '${usable.instance.name}': ${JSON.stringify(words)}`);
  const start: RunStart = {
    program: usable.runScript,
    words,
    env: {
      ...env,
      ...(user === undefined ? {} : {CRCACHE_RUN_USER: user}),
      ...terminalWish(request),
      ...(request.isPlain === true ? inside(cache, usable.instance, 'plain') : {}),
    },
    cwd,
    directory: usable.instance.facts.directory,
  };
  return request.terminal === 'on' && !request.isAtTerminal ? withTerminal(start) : start;
}

/** Whom a command is to become; an empty name is nobody's. */
export function userOf({user}: Pick<RunRequest, 'user'>): string | undefined {
  if (user === '') throw new CrcacheError('usage', "option '--user' wants a user");
  return user;
}

/** The settings that a request asks for, each KEY=VALUE. */
export function settingsOf(
  {caller: {env, cwd}}: Cache,
  {settings = [], settingFiles = []}: Pick<RunRequest, 'settings' | 'settingFiles'>,
): string[] {
  const all = [...settingFiles.flatMap((file) => readSettings(cwd, file)), ...settings];
  return all.flatMap((setting) => settingFrom(env, setting));
}

/** What run scripts are told that can give a command a terminal, or none. As with ssh, a shell gets one by itself. */
function terminalWish({
  terminal,
  isAtTerminal,
  words,
  line,
}: Omit<RunRequest, 'instance'>): RunStart['env'] {
  const isShell = words.length === 0 && line === undefined;
  const wish = terminal ?? (isShell && isAtTerminal ? 'on' : undefined);
  return wish === undefined ? {} : {CRCACHE_RUN_TERMINAL: wish};
}

/**
 * Becomes script(1) with the line $2. That one blocks SIGPIPE, and does not end where nobody reads what it prints: a cat
 * stands between, and where that fails the command gets the signal, and loses its terminal if it does not mind.
 */
const becomeScript = `
exec 8<<END 7>/proc/self/fd/8
END
if { [ -p /proc/self/fd/1 ] || [ -S /proc/self/fd/1 ]; } && [ -p /proc/self/fd/8 ]; then
  ({
    trap '' HUP INT QUIT TERM
    exec <&8 7>&- 8<&-
    cat && exit
    exec <&- >&-
    read -r children </proc/$$/task/$$/children
    for child in $children; do kill -s PIPE -- "-$child"; done
    sleep 1
    kill -s KILL $$
  } 2>/dev/null &) # no child of script's, which would not know it
  exec >&7
fi
exec 7>&- 8<&-
exec "$1" -qefc "$2" /dev/null`;

/** Gives the run script a terminal, by script(1) of util-linux. */
function withTerminal(start: RunStart): RunStart {
  const {program, words, env} = start;
  const directories = (env['PATH'] ?? '').split(':').filter((each) => each.startsWith('/'));
  const script = directories.map((each) => `${each}/script`).find(isExecutable);
  if (script === undefined) {
    throw new CrcacheError(
      'failed',
      "cannot make a terminal: 'script' of util-linux is not on the PATH",
      'apt-get install bsdutils, or call it from a terminal',
    );
  }
  const shell = env['SHELL'];
  const restore = shell === undefined ? 'unset SHELL' : `SHELL=${quote(shell)}`;
  const line = `${restore}; exec ${[program, ...words].map(quote).join(' ')}`;
  return {
    ...start,
    program: 'sh',
    words: ['-c', becomeScript, 'sh', script, asOneWord(line, start)],
    env: {...env, SHELL: '/bin/sh'}, // which reads the line
  };
}

/** A line for sh as a word of a program's, which can have no more than 128 KiB: a longer line is a file. */
function asOneWord(line: string, {directory}: RunStart): string {
  const bytes = encodeBytes(line);
  if (bytes.length < longestWord) return line;
  const path = `${directory}/running/${newNonce()}.line`;
  const file = growFile(path);
  try {
    file.write(Buffer.concat([encodeBytes(`rm -f ${quote(path)}\n`), bytes]));
  } finally {
    file.close();
  }
  return `. ${quote(path)}`;
}

/** With what script(1) makes of it. */
const longestWord = 128 * 1024 - 1;

/** The settings of a file: lines that are not empty and do not begin with '#', as they are. */
function readSettings(cwd: string, file: string): string[] {
  const path = file.startsWith('/') ? file : `${cwd}/${file}`;
  const bytes = readBytes(path);
  if (bytes === undefined) throw new CrcacheError('usage', `there is no file '${file}'`);
  const lines = decodeBytes(bytes).split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** A setting with its value; none for a name that the caller has no value for. */
function settingFrom(env: RunStart['env'], setting: string): string[] {
  const [, key, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([^]*))?$/.exec(setting) ?? [];
  if (key === undefined) {
    throw new CrcacheError('usage', `'${setting}' does not set a variable: KEY=VALUE does`);
  }
  if (value !== undefined) return [setting];
  const own = env[key];
  return own === undefined ? [] : [`${key}=${own}`];
}
