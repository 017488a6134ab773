// The first process of a pid namespace that is kept for an instance: it does nothing but bury those that have lost their
// parents, and all of the namespace ends with it.

import {orUndefined, readLink, readText} from '../files.js';
import {parentOf, startTimeOf} from '../processes.js';

/** The holder, as code of sh; it ends at once when it is told to. */
export const holderCode = `trap 'exit 0' TERM; while :; do sleep 1000000 & wait $!; done`;

/** Its child, as the table of processes has it; before that has become a sleep it is named as its parent is. */
const sleeping = 'sleep\x001000000\x00';

/** The process that a file names with its start time; undefined where it has ended, or there is no such file. */
export function notedIn(file: string): number | undefined {
  const [pid = '', start] = (readText(file) ?? '').trim().split(' ');
  return start !== undefined && startTimeOf(Number(pid)) === start ? Number(pid) : undefined;
}

/** Those of a holder's namespace but those that hold it, also such as cleared every mark of theirs. */
export function processesBeside(holder: number, among: readonly number[]): number[] {
  const namespace = namespaceOf(holder);
  if (namespace === undefined) return [];
  const own = [sleeping, wordsOf(holder)];
  const isHolding = (each: number): boolean =>
    each === holder || (parentOf(each) === holder && own.includes(wordsOf(each)));
  return among.filter((each) => namespaceOf(each) === namespace && !isHolding(each));
}

function wordsOf(pid: number): string | undefined {
  return readText(`/proc/${String(pid)}/cmdline`);
}

/** The namespace of a process; undefined where it is gone, or another user's. */
export function namespaceOf(pid: number): string | undefined {
  const link = (): string | undefined => readLink(`/proc/${String(pid)}/ns/pid`);
  return orUndefined(link, 'EACCES', 'EPERM', 'ESRCH');
}
