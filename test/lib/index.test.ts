// The library, as a test of another project uses it: built, and with the environment of its process.

import * as assert from 'uvu/assert';
import {createRequire} from 'node:module';
import type * as library from '../../lib/index.js';
import {assertAtRest} from '../helpers/at-rest.js';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

type Library = typeof library;

const test = suite('the library');
const timeLimitMs = 60_000;

/** The library in a sandbox: this process is the one that holds the streams. */
function load(t: Sandbox): Library {
  const was = {...process.env};
  const cwd = process.cwd();
  Object.assign(process.env, t.env);
  process.chdir(t.dir);
  t.atEnd(() => {
    process.chdir(cwd);
    for (const key of Object.keys(t.env)) process.env[key] = was[key] ?? '';
  });
  return createRequire(import.meta.url)(`${repository}/dist/index.cjs`) as Library;
}

test('blocks run in streams, and leave their outputs', {timeLimitMs}, async (t) => {
  const {openStreams, shell, argv, script, findType} = load(t);
  t.write('lab.yaml', 'lab: {streams: {1: {type: process}, 2: {type: sim}}}\n');
  t.write('code', '#!/bin/sh\necho "$1" >made\nexit 3\n', 0o700);
  const streams = await openStreams({file: 'lab.yaml', path: 'lab', strict: true});
  t.atEnd(() => streams.close());
  const [one, two] = [streams.stream('1'), streams.stream('2')];
  assert.is(streams[1], one);
  assert.throws(() => streams[3], "stream ':3' is not defined");
  assert.is(await one.host, 'localhost');
  await one.run(shell('sleep 1000'));
  assert.equal([one.active, one.success], [true, false]);
  await one.terminate();
  assert.equal([one.active, one.success], [false, false]);
  await two.run(script('code', ['word'], {outputs: {made: 'made'}}), {wait: true});
  assert.equal([two.success, two.output], [false, {made: 'word\n'}]);
  const both = streams.range(1, 2);
  await both.run(argv(['date', '+%s%N'], {stdout: 'time'}), {synchronized: true, wait: true});
  const times = both.streams.map(({output}) => Number(BigInt(output['time'] ?? '') / 1_000_000n));
  t.note(`started ${String(Math.abs((times[0] ?? 0) - (times[1] ?? 0)))} ms apart`);
  const sent = await two.send({name: 'a file', content: 'text'});
  await two.run(argv(['cat', sent], {stdout: 'sent'}), {wait: true});
  assert.is(two.output['sent'], 'text');
  await two.run(shell('echo again', {stdout: 'sent'}), {wait: true});
  assert.throws(() => two.output, "stream ':2' has two outputs 'sent'");
  await streams.close();
  assert.equal([findType('sim')?.name, findType('none')], ['sim', undefined]);
  await assertAtRest(t);
});

test('a block of one’s own is sent and run', {timeLimitMs}, async (t) => {
  const {openStreams} = load(t);
  t.write('lab.yaml', '{}');
  const streams = await openStreams({file: 'lab.yaml'});
  const steps: string[] = [];
  const note = (step: string): Promise<void> => Promise.resolve(void steps.push(step));
  const block = {
    success: true,
    output: {own: 'text'},
    sendSelf: ({name}: {readonly name: string}) => note(`sent to ${name}`),
    run: ({name}: {readonly name: string}) => note(`run in ${name}`),
  };
  await streams[7]?.run(block, {wait: true});
  assert.equal([steps, streams[7]?.output], [['sent to 7', 'run in 7'], {own: 'text'}]);
  await streams[Symbol.asyncDispose]();
});
