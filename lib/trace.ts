// What crcache decided and which commands it ran, for CRCACHE_TRACE. Names are those of the code's steps.

import {formatTime} from './time.js';

/** Notes one decision or step; does nothing unless the user asked for a trace. */
export type Trace = (what: string) => void;

export const noTrace: Trace = () => undefined;

/** A trace that writes lines as git's does: the time, then what happened. */
export function traceTo(write: (line: string) => void, now: () => Date): Trace {
  return (what) => {
    write(`${formatTime(now()).slice(11, 23)} ${what}\n`);
  };
}
