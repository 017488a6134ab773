import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {
  fateOf,
  formatIdentity,
  identify,
  parseIdentity,
  readHere,
  startTimeOf,
  startTimeOfStat,
} from '../../lib/processes.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('processes');

const here = readHere();
const self = identify(here, process.pid);

/** What a program prints first; it runs on. */
async function firstLine(t: Sandbox, program: string, words: string[]): Promise<string> {
  const child = spawn(program, words, {stdio: ['pipe', 'pipe', 'inherit']});
  t.atEnd(() => child.kill('SIGKILL'));
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return text.toString().trim();
}

test('names a process so that it is found again', () => {
  assert.ok(self);
  assert.equal(parseIdentity(formatIdentity(self)), self);
  assert.is(fateOf(self, here), 'alive');
});

for (const words of [
  '',
  'a',
  'a,b,c,1',
  'a,b,c,1,2,3',
  'a,b,c,x,2',
  ',b,c,1,2',
  'a,b,c,12345678901,2',
]) {
  test(`knows '${words}' for no process`, () => {
    assert.is(parseIdentity(words), undefined);
  });
}

test('takes a process that has another’s pid for another', () => {
  assert.ok(self);
  assert.is(fateOf({...self, start: '1'}, here), 'dead');
});

test('takes one of another boot for dead, and judges none of another host', () => {
  assert.ok(self);
  assert.is(fateOf({...self, boot: 'another'}, here), 'dead');
  assert.is(fateOf({...self, host: 'another'}, here), 'unknown');
  assert.is(fateOf({...self, host: 'another', boot: 'another'}, here), 'unknown');
});

test('takes a zombie for dead', async (t) => {
  // The shell's child ends, and what the shell has become never asks how.
  const line = await firstLine(t, 'sh', ['-c', 'sleep 0.1 & echo "$!"; exec sleep 1000']);
  const pid = Number(line);
  while (!readFileSync(`/proc/${line}/stat`, 'utf8').includes(') Z ')) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.is(startTimeOf(pid), undefined);
  assert.is(identify(here, pid), undefined);
});

test('judges no process of another pid namespace', async (t) => {
  t.needs('unshare');
  const {status} = await t.run('unshare', ['-p', '-f', 'true']);
  if (status !== 0) t.skip('may not make a pid namespace');
  const words = ['-p', '-f', '--kill-child', '--mount-proc', 'sh', '-c'];
  const script = 'readlink /proc/self/ns/pid; exec sleep 1000';
  const namespace = /[0-9]+/.exec(await firstLine(t, 'unshare', [...words, script]))?.[0];
  assert.ok(namespace !== undefined && namespace !== here.pidNamespace);
  assert.is(fateOf({...here, pidNamespace: namespace, pid: 1, start: '1'}, here), 'unknown');
});

test('reads the start time of a program with any name', () => {
  const fields = Array.from({length: 50}, (_, index) => String(index + 3));
  assert.is(startTimeOfStat(`12 (a) b ) 1 2 S) ${fields.join(' ')}`), '22');
});
