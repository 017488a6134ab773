// What must survive a power cut is flushed before anything is done that rests on it.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import * as assert from 'uvu/assert';
import type {StepName} from '../lib/steps.js';
import type {Captured} from './helpers/captured.js';
import {readFound} from './helpers/invariants.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('flushing');

/** Runs a command, and tells what it flushed and which of these steps it came by, in their order. */
async function watch(
  world: World,
  line: string,
  steps: readonly StepName[],
): Promise<readonly string[]> {
  const seen: string[] = [];
  const {fsyncSync} = fs;
  fs.fsyncSync = (descriptor) => {
    const path = fs.readlinkSync(`/proc/self/fd/${String(descriptor)}`);
    // A file is flushed under the name that it is renamed from.
    seen.push(path.replace(/^.*\/sources\/[^/]+\//, '').replace(/\..*$/, ''));
    fsyncSync(descriptor);
  };
  try {
    const step = (name: StepName): void => {
      if (steps.includes(name)) seen.push(name);
    };
    const {status, stderr} = await world.here(line.split(' '), {step});
    assert.is(status, 0, stderr);
  } finally {
    fs.fsyncSync = fsyncSync;
  }
  return seen;
}

test('the record before the thing is made, the lease before it is told, its end before the reset', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}, p: {type: 'pool', sources: 's'}});
  assert.equal(
    await watch(world, 'acquire -s s', [
      'provision:handle-written',
      'provision:made',
      'allocate:leased',
      'allocate:in-use',
    ]),
    [
      'instances/s-0/handle',
      'instances/s-0',
      'instances',
      'provisioning',
      'provision:handle-written',
      'provision:made',
      'instances/s-0/lease',
      'allocate:leased',
      'in-use',
      'allocate:in-use',
    ],
  );
  assert.equal(await watch(world, 'release s-0', ['release:taken', 'release:reset']), [
    'releasing',
    'release:taken',
    'release:reset',
  ]);
});

/** Runs a command in the name of a process that then ends, and has one of its flushes fail; undefined: it makes fewer. */
async function failAt(world: World, line: string, index: number): Promise<Captured | undefined> {
  const other = spawn('sleep', ['600']);
  const {fsyncSync} = fs;
  let count = 0;
  fs.fsyncSync = (descriptor) => {
    if (count++ === index) {
      throw Object.assign(new Error('EIO: i/o error, fsync'), {code: 'EIO', syscall: 'fsync'});
    }
    fsyncSync(descriptor);
  };
  try {
    const ended = await world.here(line.split(' '), {pid: other.pid});
    return count > index ? ended : undefined;
  } finally {
    fs.fsyncSync = fsyncSync;
    other.kill('SIGKILL');
    await once(other, 'exit');
  }
}

test('what cannot be flushed is a failure, and what was being given out goes back', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, p: {type: 'pool', sources: 's'}});
  for (const source of ['s', 'p']) {
    for (let index = 0; ; index++) {
      const failed = await failAt(world, `acquire -s ${source}`, index);
      if (failed === undefined) break;
      assert.equal(
        [failed.status, failed.stdout],
        [1, ''],
        `flush ${String(index)} of '${source}'`,
      );
      assert.match(failed.stderr, 'i/o error');
      await world.must('gc');
      assert.equal(world.wrongs(), []);
      assert.equal(readFound(world.state), [], `flush ${String(index)} of '${source}'`);
    }
    await world.must('release', '--all');
  }
});

test('of a place, which is simply there, nothing is flushed', async (t) => {
  const world = new World(t, {l: {type: 'local'}});
  await world.must('acquire', '-s', 'l');
  await world.must('release', 'l-0');
  assert.equal(await watch(world, 'acquire -s l', []), []);
  assert.equal(await watch(world, 'release l-0', []), []);
});
