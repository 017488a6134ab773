import {readdirSync, rmSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('check-instance');

test('names those that are dead, also by what they stand on, and changes nothing', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 3}, p: {type: 'pool', sources: 's'}});
  await world.must('acquire', '-s', 'p', '2');
  await world.must('provision-instance', '-s', 's');
  const all = ['p-0', 'p-1', 's-2'];
  const before = await world.must('status');
  assert.equal(await world.must('check-instance', ...all), []);
  const [store = ''] = readdirSync(`${t.dir}/crcache-sim`);
  const backend = `${t.dir}/crcache-sim/${store}`;
  for (const entry of readdirSync(backend).filter((each) => /^s-[12]\./.test(each))) {
    rmSync(`${backend}/${entry}`, {recursive: true});
  }
  const {status, stdout, stderr} = await world.here(['check-instance', ...all]);
  assert.equal(
    [status, stdout, stderr],
    [1, "p-1: it is dead: 's-1', which it stands on\ns-2: it is dead\n", ''],
  );
  assert.equal(await world.must('status'), before);
});

test('of what is no instance, or without one, is an error', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  assert.match((await world.here(['check-instance', 's-7'])).stderr, "no instance 's-7'");
  assert.is((await world.here(['check-instance'])).status, 2);
});
