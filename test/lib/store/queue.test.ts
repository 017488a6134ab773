import {statSync, utimesSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {
  countWaiting,
  deadTickets,
  drawTicket,
  dropTicket,
  isSomeoneAhead,
  markTicket,
  readContents,
  readQueue,
  ticketPath,
  wakeFirst,
  writeContents,
  type Ticket,
  type TicketStatus,
} from '../../../lib/store/queue.js';
import type {Worker} from '../../../lib/store/worker.js';
import {MadeStore} from '../../helpers/made-store.js';
import {suite} from '../../helpers/suite.js';

const test = suite('the queue');

const nothing = {lease: 'abc', instances: []};

function draw(made: MadeStore, status: TicketStatus = 'waits', worker?: Worker): Ticket {
  return drawTicket(made.source('s'), {status, worker: worker ?? made.alive()}, nothing);
}

test('numbers tickets one after the other, and never twice while one of them is there', (t) => {
  const made = new MadeStore(t);
  const drawn = [draw(made), draw(made), draw(made)] as const;
  assert.equal(
    drawn.map(({number}) => number),
    [1, 2, 3],
  );
  assert.equal(readQueue(made.source('s')), [...drawn]);
  dropTicket(made.source('s'), drawn[0]);
  assert.is(draw(made).number, 4);
});

test('counts on past nine digits', (t) => {
  const made = new MadeStore(t);
  const worker = made.alive();
  const state = made.source('s');
  writeContents(state, {number: 999_999_999, status: 'waits', worker}, nothing);
  writeContents(state, {number: 1_000_000_000, status: 'waits', worker}, nothing);
  assert.is(draw(made).number, 1_000_000_001);
});

test('keeps a ticket’s place and contents when its status changes', (t) => {
  const made = new MadeStore(t);
  const state = made.source('s');
  const [first, second] = [draw(made), draw(made)];
  writeContents(state, first, {lease: 'abc', instances: ['s-0', 's-1']});
  const met = markTicket(state, first, 'met');
  assert.is(met.number, 1);
  assert.equal(readQueue(state), [met, second]);
  assert.equal(readContents(state, met), {lease: 'abc', instances: ['s-0', 's-1']});
});

test('lets nobody overtake who waits, and those who were met, parked or died be overtaken', (t) => {
  const made = new MadeStore(t);
  const state = made.source('s');
  draw(made, 'met');
  draw(made, 'parked');
  draw(made, 'waits', made.dead());
  assert.not(isSomeoneAhead(state, undefined));
  assert.is(countWaiting(state), 0);
  const first = draw(made);
  const second = draw(made);
  assert.ok(isSomeoneAhead(state, undefined));
  assert.not(isSomeoneAhead(state, first));
  assert.ok(isSomeoneAhead(state, second));
});

test('takes who waits on another host for somebody', (t) => {
  const made = new MadeStore(t);
  draw(made, 'waits', made.elsewhere());
  assert.ok(isSomeoneAhead(made.source('s'), undefined));
  assert.equal(deadTickets(made.source('s')), []);
});

test('has an order where a broken lock gave one number twice', (t) => {
  const made = new MadeStore(t);
  const state = made.source('s');
  const twins: Ticket[] = [made.alive(), made.alive()].map((worker) => ({
    number: 7,
    status: 'waits',
    worker,
  }));
  for (const twin of twins) writeContents(state, twin, nothing);
  assert.equal(twins.map((twin) => isSomeoneAhead(state, twin)).sort(), [false, true]);
});

test('wakes the first that waits and lives', (t) => {
  const made = new MadeStore(t);
  const state = made.source('s');
  const tickets = [draw(made, 'waits', made.dead()), draw(made, 'met'), draw(made), draw(made)];
  for (const ticket of tickets) utimesSync(ticketPath(state, ticket), 1, 1);
  wakeFirst(state);
  const woken = tickets.map((ticket) => statSync(ticketPath(state, ticket)).mtimeMs > 1000);
  assert.equal(woken, [false, false, true, false]);
});

test('passes over rubbish', (t) => {
  const made = new MadeStore(t);
  const ticket = draw(made);
  for (const name of ['rubbish', '000000009.waits@rubbish', '9.waits@x', '000000009.naps@x'])
    made.write(`sources/s/queue/${name}`);
  assert.equal(readQueue(made.source('s')), [ticket]);
});

test('tells whose process is gone', (t) => {
  const made = new MadeStore(t);
  const gone = draw(made, 'met', made.dead());
  draw(made);
  assert.equal(deadTickets(made.source('s')), [gone]);
});
