// What the log of a source tells of a whole run: how many were in use at once, and who was served when.

import {existsSync, readFileSync} from 'node:fs';
import {linesOf} from './world.js';

export interface Logged {
  readonly time: string;
  readonly instance: string;
  readonly from?: string;
  readonly to?: string;
  readonly by: string;
  readonly why: string;
}

export function readLog(state: string, source: string): Logged[] {
  const file = `${state}/sources/${source}/log`;
  if (!existsSync(file)) return [];
  return linesOf(readFileSync(file, 'utf8')).map((line) => JSON.parse(line) as Logged);
}

/** The most instances that were in one of these states at once. */
export function mostAtOnce(entries: readonly Logged[], ...states: readonly string[]): number {
  const current = new Set<string>();
  let most = 0;
  for (const {instance, to} of entries) {
    if (to !== undefined && states.includes(to)) current.add(instance);
    else current.delete(instance);
    most = Math.max(most, current.size);
  }
  return most;
}

/** Instances that came into use while they were in use already. */
export function givenTwice(entries: readonly Logged[]): Logged[] {
  const inUse = new Set<string>();
  return entries.filter(({instance, from, to}) => {
    if (from === to) return false;
    const isTwice = to === 'in-use' && inUse.has(instance);
    if (to === 'in-use') inUse.add(instance);
    else inUse.delete(instance);
    return isTwice;
  });
}

/** The tickets of requests in the order in which each got its last instance. */
export function servedTickets(entries: readonly Logged[]): number[] {
  const tickets = entries.flatMap(({why}) => {
    const number = /^acquire by .*, ticket ([0-9]+)$/.exec(why)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return tickets.filter((ticket, index) => tickets.lastIndexOf(ticket) === index);
}
