// Ending processes of this machine, and seeing them gone. What another user owns, as what runs by sudo, is ended by
// sudo: whoever may start processes as that user may end them, too.

import {hasCode} from './errors.js';
import {askAtOnce} from './ask-at-once.js';
import {listProcesses, sendSignal, startTimeOf} from './processes.js';
import {clockMs, pauseAfter} from './time.js';

/** How long the kernel has to end what was killed. */
const killedMs = 10_000;

/** Waits until none is found; the value is those that do not go. */
export async function awaitEnd(
  find: () => readonly number[],
  limitMs: number,
): Promise<readonly number[]> {
  const start = clockMs();
  for (;;) {
    const pids = find();
    const elapsedMs = clockMs() - start;
    if (pids.length === 0 || elapsedMs > limitMs) return pids;
    await pauseAfter(elapsedMs);
  }
}

/**
 * Ends processes: TERM, a grace, KILL, until none is found. The value is those that do not go. `find` may look at those
 * alone that it is given.
 */
export async function endProcesses(
  find: (among: readonly number[]) => readonly number[],
  graceMs: number,
): Promise<readonly number[]> {
  const start = clockMs();
  let pids: readonly number[] = [];
  for (;;) {
    const elapsedMs = clockMs() - start;
    const isLate = elapsedMs > graceMs;
    // Whoever is known is waited for first: it takes long to look at all processes.
    pids = pids.filter(lives);
    if (pids.length === 0 || isLate) {
      pids = lookTwice(find);
      if (pids.length === 0 || elapsedMs > graceMs + killedMs) return pids;
      for (const pid of pids) signalAnyone(pid, isLate ? 'SIGKILL' : 'SIGTERM');
    }
    await pauseAfter(elapsedMs);
  }
}

function lives(pid: number): boolean {
  return startTimeOf(pid) !== undefined;
}

/** One that ends as its child comes to be hides both from a single look. */
function lookTwice(find: (among: readonly number[]) => readonly number[]): readonly number[] {
  const seen = listProcesses();
  const found = find(seen).filter(lives);
  if (found.length > 0) return found;
  const known = new Set(seen);
  return find(listProcesses().filter((pid) => !known.has(pid))).filter(lives);
}

/** Sends a signal to a process, also to one of another user's. */
export function signalAnyone(pid: number, signal: NodeJS.Signals): void {
  try {
    sendSignal(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) throw error;
    const code = `${signalling} signal "$@"`;
    const env = {PATH: '/usr/local/bin:/usr/bin:/bin'};
    askAtOnce('sh', ['-c', code, 'sh', signal.slice(3), String(pid)], {env, timeoutMs: killedMs});
  }
}

/** The same as code of sh: defines signal SIGNAL PID... */
export const signalling = `
signal() {
  signal=$1
  shift
  kill -s "$signal" "$@" && return
  for pid; do
    if kill -s 0 "$pid" || [ ! -e "/proc/$pid" ]; then continue; fi
    sudo -n -u "#$(stat -c %u "/proc/$pid")" -- sh -c 'kill -s "$1" "$2"' sh "$signal" "$pid"
  done
} 2>/dev/null
`;

/**
 * Code of sh that defines bearers SETTING: it names, as /proc/PID/environ, all that have this setting in their environment,
 * or one that begins so. It has no single quote, as lib/source/end-marked.ts wants it.
 */
export const bearers = `if printf "a\\0b" | grep -qzFe b 2>/dev/null; then
  bearers() { grep -lszFe "$1" /proc/[0-9]*/environ; }
else # a grep without -z, as some of busybox are, sees of a line what stands before its first NUL
  bearers() {
    for file in /proc/[0-9]*/environ; do
      { tr "\\0" "\\n" <"$file" | grep -qFe "$1" && echo "$file"; } 2>/dev/null
    done
  }
fi`;
