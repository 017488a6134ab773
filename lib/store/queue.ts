// The queue of a source: one ticket for each request that is being met or waits.
//
// A ticket's name says all that others need to know: its number, whether it waits, and whose it is. Numbers are
// counted up, never times of day. A request that waits in several queues has one number in all of them, above what it
// found in each: of two requests the same one is ahead wherever they meet. Those that got one number are told apart by
// their workers.

import {listNames, readText, removeFile, renameIfThere, touch, writeWhole} from '../files.js';
import type {SourceState} from './source-state.js';
import {formatWorker, parseWorker, type Worker} from './worker.js';

/**
 * `waits`: for its turn. `parked`: it keeps its place, but cannot use its turn yet (a pool's waiter, in the queues
 * of the pool's sources, while the pool itself is full). `met`: it has all that it needs, and works on it.
 */
export type TicketStatus = 'waits' | 'parked' | 'met';

export interface Ticket {
  readonly number: number;
  readonly status: TicketStatus;
  readonly worker: Worker;
}

/** What a dead request leaves to be given back. */
export interface TicketContents {
  readonly lease: string;
  readonly instances: readonly string[];
}

const statuses: readonly string[] = ['waits', 'parked', 'met'] satisfies TicketStatus[];

function nameOf({number, status, worker}: Ticket): string {
  return `${String(number).padStart(9, '0')}.${status}@${formatWorker(worker)}`;
}

/** The ticket of a name; undefined where it is none. */
export function parseTicket(name: string): Ticket | undefined {
  const [, number, status = '', words = ''] = /^([0-9]{9,})\.([a-z]+)@(.+)$/.exec(name) ?? [];
  const worker = parseWorker(words);
  if (number === undefined || worker === undefined || !statuses.includes(status)) return undefined;
  return {number: Number(number), status: status as TicketStatus, worker};
}

export function ticketPath({directory}: SourceState, ticket: Ticket): string {
  return `${directory}/queue/${nameOf(ticket)}`;
}

/** All tickets, in their order. */
export function readQueue({directory}: SourceState): Ticket[] {
  const tickets = listNames(`${directory}/queue`).flatMap((name) => parseTicket(name) ?? []);
  return tickets.sort(inOrder);
}

/** The number of the last ticket; 0 where there is none. */
export function lastNumber(state: SourceState): number {
  return readQueue(state).at(-1)?.number ?? 0;
}

/** Adds a ticket at the end, or at the place of its number. To be called under the lock, so that numbers follow one another. */
export function drawTicket(
  state: SourceState,
  {status, worker, number = lastNumber(state) + 1}: Omit<Ticket, 'number'> & {number?: number},
  contents: TicketContents,
): Ticket {
  const ticket: Ticket = {number, status, worker};
  writeContents(state, ticket, contents);
  state.around.step('queue:ticket-made');
  return ticket;
}

/** Gives a ticket another status; it keeps its place. */
export function markTicket(state: SourceState, ticket: Ticket, status: TicketStatus): Ticket {
  const marked = {...ticket, status};
  if (status !== ticket.status) renameIfThere(ticketPath(state, ticket), ticketPath(state, marked));
  return marked;
}

export function writeContents(state: SourceState, ticket: Ticket, contents: TicketContents): void {
  const words = [contents.lease, ...contents.instances];
  writeWhole(ticketPath(state, ticket), `${words.join('\n')}\n`);
}

/** What a ticket has taken; undefined where it is gone. */
export function readContents(state: SourceState, ticket: Ticket): TicketContents | undefined {
  const [lease, ...instances] = readText(ticketPath(state, ticket))?.trimEnd().split('\n') ?? [];
  return lease === undefined ? undefined : {lease, instances};
}

export function dropTicket(state: SourceState, ticket: Ticket): void {
  removeFile(ticketPath(state, ticket));
}

/** Whether a live request waits that came before this one; without a ticket, whether any does. */
export function isSomeoneAhead(state: SourceState, own: Ticket | undefined): boolean {
  return readQueue(state).some(
    (other) => (own === undefined || inOrder(other, own) < 0) && isWaiting(state, other),
  );
}

/** How many live requests wait for their turn. */
export function countWaiting(state: SourceState): number {
  return readQueue(state).filter((ticket) => isWaiting(state, ticket)).length;
}

/** Wakes the first live waiter: it watches its ticket. */
export function wakeFirst(state: SourceState): void {
  const first = readQueue(state).find((ticket) => isWaiting(state, ticket));
  if (first !== undefined) touch(ticketPath(state, first));
}

/** Tickets of requests whose process is gone. */
export function deadTickets(state: SourceState): Ticket[] {
  return readQueue(state).filter(({worker}) => state.around.workshop.fateOf(worker) === 'dead');
}

function isWaiting({around}: SourceState, {status, worker}: Ticket): boolean {
  return status === 'waits' && around.workshop.fateOf(worker) !== 'dead';
}

function inOrder(a: Ticket, b: Ticket): number {
  if (a.number !== b.number) return a.number - b.number;
  return formatWorker(a.worker) < formatWorker(b.worker) ? -1 : 1; // a ticket is not before itself
}
