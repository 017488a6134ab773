// The library, as a test of another project uses it: built, and with the environment of its process.

import * as assert from 'uvu/assert';
import {existsSync} from 'node:fs';
import {assertAtRest} from '../helpers/at-rest.js';
import {until} from '../helpers/held.js';
import {withStalls} from '../helpers/stalls.js';
import {loadLibrary} from '../helpers/library.js';
import {suite} from '../helpers/suite.js';

const test = suite('the library');
const timeLimitMs = 60_000;

test('blocks run in streams, and leave their outputs', {timeLimitMs}, async (t) => {
  const {openStreams, shell, argv, script, findType} = loadLibrary(t);
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
  const begin = async (stdout: string): Promise<number> => {
    await both.run(argv(['date', '+%s%N'], {stdout}), {synchronized: true, wait: true});
    const [first = 0n, second = 0n] = both.streams.map(({output}) => BigInt(output[stdout] ?? ''));
    return Math.abs(Number(first - second)) / 1e6;
  };
  const apartMs: number[] = [];
  for (let run = 0; apartMs.length < 20; run++) {
    const {value, stalledMs} = await withStalls(() => begin(`time ${String(run)}`));
    // One is begun again where the machine itself says that it stood still for as long.
    if (value > 200 && value - stalledMs < 200 && run === apartMs.length) {
      t.note(
        `a pair began ${value.toFixed()} ms apart, of which ${stalledMs.toFixed()} ms are the machine's`,
      );
    } else apartMs.push(value);
  }
  const worst = Math.max(...apartMs);
  t.note(`of ${String(apartMs.length)} pairs, the worst began ${worst.toFixed(1)} ms apart`);
  assert.ok(worst < 200, apartMs.join(' '));
  const sent = await two.send({name: 'a file', content: 'text'});
  await two.run(argv(['cat', sent], {stdout: 'sent'}), {wait: true});
  assert.is(two.output['sent'], 'text');
  await two.run(shell('echo again', {stdout: 'sent'}), {wait: true});
  assert.throws(() => two.output, "stream ':2' has two outputs 'sent'");
  await streams.close();
  assert.equal([findType('sim')?.name, findType('none')], ['sim', undefined]);
  await assertAtRest(t);
});

test('what can name nothing is refused', {timeLimitMs}, async (t) => {
  const {openStreams, shell} = loadLibrary(t);
  t.write('lab.yaml', '{1: {type: sim}}');
  const streams = await openStreams({file: 'lab.yaml'});
  t.atEnd(() => streams.close());
  const refused = (call: () => unknown, message: string): void => {
    assert.throws(call, (error: Error) => error.message === message);
  };
  for (const name of ['../held', 'a b', ':1', '', '-1'])
    refused(() => streams.stream(name), `'${name}' is no name of a stream`);
  refused(() => streams.range(4, 3), "':4-3' ends before it begins");
  refused(() => streams.range(1, 1e9), "':1-1000000000' names too many streams");
  for (const first of [-1, 0.5, NaN])
    refused(() => streams.range(first, 3), `'${String(first)}' begins no range of streams`);
  refused(() => streams.range(1, Infinity), "'Infinity' ends no range of streams");
  refused(() => shell('true', {stdout: 'a', outputs: {a: 'file'}}), "a block has two outputs 'a'");
  for (const name of ['../../../lease', 'a/b', '', '.', '..', 'a\0']) {
    const said = await streams[1]?.send({name, content: 'text'}).catch(String);
    assert.is(said, `CrcacheError: '${name}' is no name of a file`);
  }
  assert.not(existsSync(`${t.dir}/state/sources/lease`));
});

test('a block of one’s own is sent and run', {timeLimitMs}, async (t) => {
  const {openStreams, shell} = loadLibrary(t);
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
  const {signal} = await new Promise<{signal: AbortSignal}>((resolve) => {
    const polite = (_: unknown, signal: AbortSignal): Promise<void> =>
      new Promise((end) => {
        signal.addEventListener('abort', () => {
          end();
        });
        resolve({signal});
      });
    void streams[8]?.run({...block, output: {}, run: polite});
  });
  await streams[8]?.run({...block, run: () => new Promise<void>(() => undefined)});
  await streams[8]?.run(shell('trap "" TERM; echo >begun; while :; do sleep 1; done'));
  await until(() => existsSync(`${t.dir}/begun`), 'the job has begun');
  assert.is(streams[8]?.active, true);
  const start = performance.now();
  await Promise.all([streams[8]?.terminate(), streams[8]?.wait()]);
  t.note(`what hangs is ended after ${(performance.now() - start).toFixed()} ms`);
  assert.is(signal.aborted, true);
  const {active, success, output} = streams[8] ?? {};
  assert.equal({active, success, output}, {active: false, success: false, output: {}});
  await streams[Symbol.asyncDispose]();
});
