import * as assert from 'uvu/assert';
import {states} from '../../../lib/instance.js';
import {isWorkedPlace, linkOf, placeOf} from '../../../lib/store/place.js';
import {formatWorker, parseWorker, Workshop} from '../../../lib/store/worker.js';
import {suite} from '../../helpers/suite.js';

const test = suite('places');

const worker = new Workshop(process.pid).newWorker();
const words = formatWorker(worker);

test('says in one name which state an instance is in, and who is at work on it', () => {
  assert.is(linkOf({instance: 'pool-1', state: 'cached'}), 'cached/pool-1');
  assert.is(
    linkOf({instance: 'pool-1', state: 'allocating', worker}),
    `allocating/pool-1@${words}`,
  );
});

for (const state of states) {
  test(`reads back the names that it makes in '${state}'`, () => {
    const isWorked = placeOf(state, 'pool-1') === undefined;
    const name = isWorked ? `pool-1@${words}` : 'pool-1';
    const place = placeOf(state, name);
    assert.ok(place);
    assert.is(isWorkedPlace(place), isWorked);
    assert.is(linkOf(place), `${state}/${name}`);
  });
}

for (const [state, name] of [
  ['cached', ''],
  ['cached', `pool-1@${words}`],
  ['cached', '@'],
  ['allocating', 'pool-1'],
  ['allocating', 'pool-1@'],
  ['allocating', 'pool-1@rubbish'],
  ['allocating', `@${words}`],
  ['allocating', `pool-1@${words}@${words}`],
  ['allocating', `pool-1@${words},more`],
] as const) {
  test(`knows '${name.replace(words, 'WORKER')}' for no name in '${state}'`, () => {
    assert.is(placeOf(state, name), undefined);
  });
}

test('tells each errand of a process from its others', () => {
  const workshop = new Workshop(process.pid);
  const nonces = new Set(Array.from({length: 1000}, () => workshop.newWorker().nonce));
  assert.is(nonces.size, 1000);
  assert.equal(parseWorker(words), worker);
});
