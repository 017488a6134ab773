// Times as files and people have them: RFC 3339 in UTC, to the millisecond; and the clock that nobody sets.

import {hrtime, uptime} from 'node:process';

/** As Date's own toISOString, whose first call has V8 look for the local time zone: a millisecond for nothing. */
export function formatTime(date: Date): string {
  const year = padded(date.getUTCFullYear(), 4);
  const day = `${year}-${padded(date.getUTCMonth() + 1, 2)}-${padded(date.getUTCDate(), 2)}`;
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const time = clock.map((part) => padded(part, 2)).join(':');
  return `${day}T${time}.${padded(date.getUTCMilliseconds(), 3)}Z`;
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

/** Milliseconds since some moment in the past: to measure how long something takes. Node's `performance` takes 1 ms to load. */
export function clockMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** The longest time that a timer of node's can wait; one of a longer time would be over at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** Calls back after a time of any length; the value ends that. */
export function callAfter(ms: number, act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (leftMs: number): void => {
    const nextMs = leftMs - longestTimerMs;
    timer = setTimeout(
      nextMs > 0
        ? () => {
            wait(nextMs);
          }
        : act,
      Math.min(leftMs, longestTimerMs),
    );
  };
  wait(ms);
  return () => {
    clearTimeout(timer);
  };
}

/** Who has waited for long waits a little longer: what has ended is seen soon after, and looking takes little of the time. */
export function pauseAfter(elapsedMs: number): Promise<void> {
  const pauseMs = Math.min(Math.max(1, elapsedMs / 8), 50);
  return new Promise((resolve) => setTimeout(resolve, pauseMs));
}

/** How long this process has been there. */
export function ageMs(): number {
  return uptime() * 1e3;
}
