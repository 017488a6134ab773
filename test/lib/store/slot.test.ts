import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {linkOf, type WorkedPlace} from '../../../lib/store/place.js';
import {claimSlots, emptyOldTrash, isVacated, vacateSlot} from '../../../lib/store/slot.js';
import {formatWorker} from '../../../lib/store/worker.js';
import {MadeStore} from '../../helpers/made-store.js';
import {suite} from '../../helpers/suite.js';

const test = suite('slots');

const claim = (made: MadeStore, ...names: string[]): WorkedPlace[] =>
  claimSlots(made.source('s'), names, {worker: made.alive(), config: 'c', why: 'test'});

test('are claimed by a directory that says who claims it', (t) => {
  const made = new MadeStore(t);
  const [place] = claim(made, 's-0');
  assert.is(made.source('s').incarnation('s-0'), place?.worker.nonce);
  assert.equal(made.source('s').allPlaces(), [place]);
  assert.equal(readdirSync(`${made.dir}/sources/s/trash`), []);
});

test('are claimed once: who comes second gets what is left, and leaves nothing behind', (t) => {
  const made = new MadeStore(t);
  const [first] = claim(made, 's-0');
  const second = claim(made, 's-0', 's-1');
  assert.equal(
    second.map(({instance}) => instance),
    ['s-1'],
  );
  assert.is(made.source('s').incarnation('s-0'), first?.worker.nonce);
  assert.is(readdirSync(`${made.dir}/sources/s/provisioning`).length, 2);
  assert.equal(readdirSync(`${made.dir}/sources/s/trash`), []);
});

test('are not free while the last owner’s symlink is there', (t) => {
  const made = new MadeStore(t);
  const worker = made.dead();
  made.source('s');
  made.link(`sources/s/discarding/s-0@${formatWorker(worker)}`, '../instances/s-0');
  assert.equal(claim(made, 's-0'), []);
  assert.not(existsSync(`${made.dir}/sources/s/instances/s-0`));
});

test('are claimed where an empty directory is', (t) => {
  const made = new MadeStore(t);
  mkdirSync(`${made.source('s').directory}/instances/s-0`);
  assert.is(claim(made, 's-0').length, 1);
});

test('are vacated, directory first', (t) => {
  const made = new MadeStore(t);
  const [place] = claim(made, 's-0');
  assert.ok(place);
  assert.not(isVacated(made.source('s'), place));
  vacateSlot(made.source('s'), place);
  assert.ok(isVacated(made.source('s'), place));
  assert.equal(made.source('s').allPlaces(), []);
  assert.equal(readdirSync(`${made.dir}/sources/s/trash`), []);
  vacateSlot(made.source('s'), place);
});

test('keep in the trash what belongs to those who live, here or on another host', (t) => {
  const made = new MadeStore(t);
  const {directory} = made.source('s');
  const names = [made.alive(), made.elsewhere(), made.dead()].map(
    (worker) => `s-0@${formatWorker(worker)}`,
  );
  for (const name of [...names, 'rubbish']) mkdirSync(`${directory}/trash/${name}`);
  emptyOldTrash(made.source('s'));
  assert.equal(readdirSync(`${directory}/trash`).sort(), names.slice(0, 2).sort());
});

test('are moved by one: who comes second moves nothing', (t) => {
  const made = new MadeStore(t);
  const state = made.source('s');
  made.instance('s-0', 'cached');
  const from = {instance: 's-0', state: 'cached'} as const;
  const [first, second] = [made.alive(), made.alive()].map((worker): WorkedPlace => ({
    instance: 's-0',
    state: 'allocating',
    worker,
  }));
  assert.ok(first && second);
  assert.ok(state.move(from, first, 'test'));
  assert.not(state.move(from, second, 'test'));
  assert.equal(state.allPlaces(), [first]);
});

test('are never moved over another record of the same instance', (t) => {
  const made = new MadeStore(t);
  const state = made.source('s');
  const {name} = made.instance('s-0', 'cached');
  made.link('sources/s/in-use/s-0', '../instances/s-0');
  try {
    state.move({instance: name, state: 'cached'}, {instance: name, state: 'in-use'}, 'test');
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /'s-0' is recorded twice: 'cached\/s-0' and 'in-use\/s-0'/);
  }
  assert.is(linkOf({instance: name, state: 'cached'}), 'cached/s-0');
  assert.ok(existsSync(`${made.dir}/sources/s/cached/s-0`));
});

test('of another host count as taken', (t) => {
  const made = new MadeStore(t);
  const worker = made.elsewhere();
  claimSlots(made.source('s'), ['s-0'], {worker, config: 'c', why: 'test'});
  const state = made.source('s');
  assert.equal(state.freeSlots(2, Infinity), ['s-1', 's-2']);
});
