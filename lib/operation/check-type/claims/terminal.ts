// A command has a terminal where one is wished for. script(1) of util-linux makes the one that a person would sit at.

import {isExecutable} from '../../../files.js';
import {quote} from '../../../quote.js';
import {Untried, type Claim, type Seen} from '../claim.js';
import type {Trial} from '../trial.js';

export const terminal: readonly Claim[] = [
  {
    words: 'with -t a command has a terminal',
    isWrong: (trial) => isMissing(trial, '[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all', 'all'),
  },
  {
    words: "the terminal has the caller's size",
    isWrong: (trial) =>
      isMissing(trial, `${withStty} [ "$(stty size)" = "31 77" ] || sleep 1; stty size`, '31 77'),
  },
  {
    words: 'ctrl-c on the terminal reaches the command',
    isWrong: (trial) =>
      isMissing(
        trial,
        'trap "echo interrupted; exit" INT; echo up; sleep 2; sleep 2',
        'interrupted',
      ),
  },
];

const withStty = 'command -v stty >/dev/null || { echo no stty; exit; };';

/** Runs a line of sh on a terminal of 31 lines and 77 columns, and types ctrl-c once it says 'up'. */
const scene = `
  script=$1; line=$2
  "$script" -qefc true /dev/null </dev/null >/dev/null 2>said || { echo "no terminal"; cat said; exit; }
  mkfifo go; exec 5<>go
  { read -r word <&5; [ "$word" = end ] || { printf '\\003'; read -r _ <&5; }; } |
  { "$script" -qefc "stty rows 31 cols 77; $line" /dev/null; echo end >&5; } |
  while IFS= read -r shown; do
    printf '%s\\n' "$shown"
    case $shown in *up*) echo up >&5 ;; esac
  done`;

async function isMissing(trial: Trial, command: string, wished: string): Promise<Seen> {
  const {env, program} = trial.cache.caller;
  const directories = (env['PATH'] ?? '').split(':').filter((each) => each.startsWith('/'));
  const script = directories.map((each) => `${each}/script`).find(isExecutable);
  if (script === undefined) return new Untried("'script' of util-linux is not on the PATH");
  const words = [...program, 'run', '-t', trial.instance, '--', 'sh', '-c', command];
  const line = words.map(quote).join(' ');
  const {stdout} = await trial.shell(scene, script, `exec ${line}`);
  const seen = stdout.replaceAll(/[\r\0]|\^[@C]/g, '').trim();
  if (seen.startsWith('no ')) return new Untried(seen.split('\n').at(-1) ?? '');
  if (seen.split('\n').includes(wished)) return undefined;
  return `it was to show '${wished}': ${JSON.stringify(seen.slice(-100))}`;
}
