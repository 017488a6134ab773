import {appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {spawn, type ChildProcess} from 'node:child_process';
import * as assert from 'uvu/assert';
import {configure, readOnly, succeed} from '../helpers/configured.js';
import {killGroup} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('log');

/** A line of the log, `number` seconds after midnight. */
function entry(number: number, instance = 'box-0'): string {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, number)).toISOString();
  const facts = {
    time,
    by: '1@h',
    instance,
    from: 'cached',
    to: 'in-use',
    why: `no. ${String(number)}`,
  };
  return `${JSON.stringify(facts)}\n`;
}

function logOf(t: Sandbox, source: string): string {
  const directory = `${t.dir}/state/sources/${source}`;
  mkdirSync(`${directory}/instances`, {recursive: true});
  return `${directory}/log`;
}

const numbersIn = (text: string): number[] =>
  [...text.matchAll(/no\. ([0-9]+)/g)].map(([, number]) => Number(number));

test('tells the life of an instance', async (t) => {
  configure(t, 'pool', 'type=pool', 'sources=local');
  await succeed(t, 'acquire -s pool');
  await succeed(t, 'release -f pool-0');
  const lines = (await succeed(t, 'log pool-0')).trimEnd().split('\n');
  assert.match(
    lines[0] ?? '',
    /^[0-9-]+T[0-9:.]+Z pool-0: nothing -> provisioning: .+ \([0-9]+@.+\)$/,
  );
  assert.match(lines.at(-1) ?? '', / pool-0: discarding -> nothing: /);
  assert.is(await succeed(t, 'log pool0'), `${lines.join('\n')}\n`);
});

test('merges sources in the order of time, and shows only what is named', async (t) => {
  writeFileSync(logOf(t, 'box'), entry(1) + entry(3, 'box-1') + entry(5));
  writeFileSync(logOf(t, 'cup'), entry(2, 'cup-0') + entry(4, 'cup-0'));
  assert.equal(numbersIn(await succeed(t, 'log')), [1, 2, 3, 4, 5]);
  assert.equal(numbersIn(await succeed(t, 'log -n 2')), [4, 5]);
  assert.equal(numbersIn(await succeed(t, 'log -n 0')), []);
  assert.equal(numbersIn(await succeed(t, 'log cup box-1')), [2, 3, 4]);
  assert.equal(numbersIn(await succeed(t, 'log -n 1 box-1')), [3]);
});

test('--json prints entries as the files have them', async (t) => {
  writeFileSync(logOf(t, 'box'), entry(1) + entry(2));
  assert.is(await succeed(t, 'log --json'), entry(1) + entry(2));
});

test('goes on in the log that was set aside', async (t) => {
  writeFileSync(`${logOf(t, 'box')}.1`, entry(1) + entry(2));
  writeFileSync(logOf(t, 'box'), entry(3));
  assert.equal(numbersIn(await succeed(t, 'log')), [1, 2, 3]);
  assert.equal(numbersIn(await succeed(t, 'log -n 2')), [2, 3]);
});

test('a line that cannot be read is passed over, and told of', async (t) => {
  const rubbish = 'rub\u001bbish\n';
  writeFileSync(logOf(t, 'box'), `${entry(1)}${rubbish}{"time":1}\n\n${entry(2)}{"time":"2026`);
  const {status, stdout, stderr} = await t.crcache(['log']);
  assert.is(status, 0);
  assert.equal(numbersIn(stdout), [1, 2]);
  assert.is(stderr.match(/^crcache: '.*\/log' has a line that is no entry: /gm)?.length, 3);
  assert.not.match(stderr, /\u001b/);
});

test('finds the last lines of a long log without reading all of it', async (t) => {
  const numbers = Array.from({length: 50_000}, (_, number) => number);
  writeFileSync(logOf(t, 'box'), 'rubbish\n' + numbers.map((number) => entry(number)).join(''));
  const {stdout, stderr} = await t.crcache(['log', '-n', '2']);
  assert.equal(numbersIn(stdout), [49_998, 49_999]);
  assert.is(stderr, '', 'the first line was not met');
});

test('makes nothing where there is nothing, and knows no unknown names', async (t) => {
  assert.is(await succeed(t, 'log'), '');
  assert.not.ok(existsSync(`${t.dir}/state`));
  const {status, stderr} = await t.crcache(['log', 'box-1']);
  assert.is(status, 10);
  assert.match(stderr, /no instance 'box-1'/);
});

test('a state directory that may only be read is enough', async (t) => {
  writeFileSync(logOf(t, 'box'), entry(1));
  const crcache = await readOnly(t, `${t.dir}/state`);
  assert.equal(numbersIn((await crcache('log')).stdout), [1]);
});

test('a reader that has seen enough is no failure', async (t) => {
  const numbers = Array.from({length: 20_000}, (_, number) => number);
  writeFileSync(logOf(t, 'box'), numbers.map((number) => entry(number)).join(''));
  const {stderr} = await t.run('sh', ['-c', '{ crcache log; echo $? >&2; } | head -n 1']);
  assert.is(stderr, '0\n');
});

/** `crcache log -f`, and a function that waits for the numbers that it printed to be these. */
function follow(
  t: Sandbox,
  ...words: readonly string[]
): {child: ChildProcess; prints: (...numbers: readonly number[]) => Promise<void>} {
  const child = spawn('crcache', ['log', '-f', ...words], {
    cwd: t.dir,
    env: t.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.atEnd(() => {
    killGroup(child);
  });
  let text = '';
  const prints = (...numbers: readonly number[]): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const isAll = numbersIn(text).length >= numbers.length && text.endsWith('\n');
        if (!isAll) return;
        child.stdout.off('data', look);
        assert.equal(numbersIn(text), numbers);
        resolve();
      };
      child.stdout.on('data', look);
      look();
    });
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  return {child, prints};
}

test('-f goes on with what happens, also after the log was set aside', async (t) => {
  const path = logOf(t, 'box');
  writeFileSync(path, entry(1) + entry(2));
  const {prints} = follow(t, '-n', '1');
  await prints(2);
  appendFileSync(path, entry(3));
  await prints(2, 3);
  appendFileSync(path, entry(4));
  renameSync(path, `${path}.1`);
  writeFileSync(path, entry(5));
  await prints(2, 3, 4, 5);
  appendFileSync(path, entry(6));
  await prints(2, 3, 4, 5, 6);
});

test('-f shows a line when all of it is there, and sources that come to be', async (t) => {
  const path = logOf(t, 'box');
  const [begin, end] = [entry(2).slice(0, 30), entry(2).slice(30)];
  writeFileSync(path, entry(1));
  const {prints} = follow(t);
  await prints(1);
  appendFileSync(path, begin);
  writeFileSync(logOf(t, 'cup'), entry(9, 'cup-0'));
  await prints(1, 9);
  appendFileSync(path, end);
  await prints(1, 9, 2);
});

test('-f ends with its reader, and by an interrupt, without a word', async (t) => {
  const path = logOf(t, 'box');
  writeFileSync(path, entry(1));
  const {child, prints} = follow(t);
  await prints(1);
  const ended = new Promise((resolve) =>
    child.on('exit', (status, signal) => {
      resolve(status ?? signal);
    }),
  );
  child.kill('SIGINT');
  assert.is(await ended, 'SIGINT');

  const piped = t.run('sh', ['-c', '{ crcache log -f; echo $? >&2; } | head -n 1']);
  const timer = setInterval(() => {
    appendFileSync(path, entry(2));
  }, 50);
  t.atEnd(() => {
    clearInterval(timer);
  });
  assert.is((await piped).stderr, '0\n');
});
