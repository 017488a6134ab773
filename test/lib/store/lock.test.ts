// The lock, broken in all ways that are known.

import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readFileSync, rmdirSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline/promises';
import * as assert from 'uvu/assert';
import {reportOf} from '../../../lib/cli/exit-status.js';
import {CrcacheError} from '../../../lib/errors.js';
import type {Fate, ProcessIdentity} from '../../../lib/processes.js';
import {noStep} from '../../../lib/steps.js';
import {decide, staleMs, type LockPlace} from '../../../lib/store/lock.js';
import {formatWorker, Workshop} from '../../../lib/store/worker.js';
import {repository, type Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('the lock');

const workshop = new Workshop(process.pid);

function placeIn(t: Sandbox, given: Partial<LockPlace> = {}): LockPlace {
  writeFileSync(`${t.dir}/decided`, '');
  return {source: 's', directory: t.dir, workshop, step: noStep, ...given};
}

/** A process that decides; its lines come one by one. */
class Decider {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(t: Sandbox, ...words: string[]) {
    const file = path.join(repository, '.build/test/helpers/decider.js');
    this.child = spawn(process.execPath, [file, t.dir, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {...process.env},
    });
    t.atEnd(() => this.child.kill('SIGKILL'));
    const input = this.child.stdout;
    if (input === null) throw new Error('no pipe');
    this.#lines = createInterface({input})[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const {value} = (await this.#lines.next()) as {value: string | undefined};
    return value ?? 'ended';
  }

  send(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

const decisionsIn = (t: Sandbox): string[] =>
  readFileSync(`${t.dir}/decided`, 'utf8').split('\n').slice(0, -1);

/** Decides as a decider does; the number of its line. */
const decideHere = (place: LockPlace): Promise<number> =>
  decide(place, {look: () => 1, act: (found) => found});

test('lets one decide after the other: no two see the same', async (t) => {
  placeIn(t);
  const deciders = Array.from({length: 8}, () => new Decider(t));
  const lines = await Promise.all(deciders.map((each) => each.line()));
  assert.equal(
    lines.sort(),
    ['1', '2', '3', '4', '5', '6', '7', '8'].map((n) => `done ${n}`),
  );
  assert.is(decisionsIn(t).length, 8);
});

test('is taken at once from a holder that was killed', async (t) => {
  const place = placeIn(t, {patienceMs: 0});
  const holder = new Decider(t, 'lock:taken');
  assert.is(await holder.line(), 'lock:taken');
  const end = once(holder.child, 'exit');
  holder.send('SIGKILL');
  await end;
  await decideHere(place);
});

test(
  'is taken from a holder that stalls, which then neither acts on what it saw nor unlocks',
  {timeLimitMs: 60_000},
  async (t) => {
    const place = placeIn(t, {patienceMs: 100});
    const stalled = new Decider(t, 'lock:decided');
    assert.is(await stalled.line(), 'lock:decided');
    assert.instance(await decideHere(place).catch((error: unknown) => error), CrcacheError);
    const old = (Date.now() - 2 * staleMs) / 1000;
    utimesSync(`${t.dir}/lock`, old, old);
    const second = new Decider(t, 'lock:decided');
    assert.is(await second.line(), 'lock:decided');
    const lock = statSync(`${t.dir}/lock`, {bigint: true}).ctimeNs;
    stalled.send('SIGCONT');
    // It cannot tell when it has given up: it waits for the lock, which the second one holds, and does not get it.
    await assertStays(
      () =>
        decisionsIn(t).length === 0 && statSync(`${t.dir}/lock`, {bigint: true}).ctimeNs === lock,
    );
    second.send('SIGCONT');
    assert.is(await second.line(), 'done 1');
    assert.is(await stalled.line(), 'done 2');
  },
);

/** That something stays so for as long as a process would need to break it. */
async function assertStays(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 500; performance.now() < end;) {
    assert.ok(isSo());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('is lost by a holder whose directory was removed: the decision is made anew', async (t) => {
  const seen: number[] = [];
  const place = placeIn(t);
  const value = await decide(place, {
    look: () => {
      seen.push(seen.length);
      if (seen.length === 1) rmdirSync(`${t.dir}/lock`);
      return seen.length;
    },
    act: (found) => found,
  });
  assert.is(value, 2);
});

test('is lost by a holder whose directory was removed and made again, inode and second the same', async (t) => {
  let looks = 0;
  const value = await decide(placeIn(t), {
    look: () => {
      if (++looks === 1) {
        rmdirSync(`${t.dir}/lock`);
        mkdirSync(`${t.dir}/lock`);
        writeFileSync(`${t.dir}/lock.holder`, 'somebody else\n');
        const old = (Date.now() - 2 * staleMs) / 1000;
        utimesSync(`${t.dir}/lock`, old, old);
      }
      return looks;
    },
    act: (found) => found,
  });
  assert.is(value, 2);
});

test('is taken where it is from the future, as after the clock was set back', async (t) => {
  const place = placeIn(t, {patienceMs: 2_000});
  const tomorrow = Date.now() / 1000 + 86_400;
  mkdirSync(`${t.dir}/lock`);
  utimesSync(`${t.dir}/lock`, tomorrow, tomorrow);
  assert.is(await decideHere(place), 1);
});

test('is waited for as long as is wanted, and then its holder is named', async (t) => {
  const holder = new Decider(t, 'lock:taken');
  const place = placeIn(t, {patienceMs: 50});
  assert.is(await holder.line(), 'lock:taken');
  const error = await decideHere(place).catch((caught: unknown) => caught);
  assert.instance(error, CrcacheError);
  assert.is((error as CrcacheError).kind, 'locked');
  const {pid} = holder.child;
  assert.is(
    (error as CrcacheError).message,
    `source 's' is locked by process ${String(pid)} on ${workshop.here.host}`,
  );
  assert.match((error as CrcacheError).hint ?? '', /rmdir '.*\/lock'/);
  assert.is(reportOf(error).status, 11);
});

test('is not taken from a process of another host before it is stale', async (t) => {
  const place = placeIn(t, {patienceMs: 50});
  mkdirSync(`${t.dir}/lock`);
  const {ino, ctimeNs} = statSync(`${t.dir}/lock`, {bigint: true});
  const worker = formatWorker({...workshop.newWorker(), host: 'elsewhere'});
  writeFileSync(`${t.dir}/lock.holder`, `${worker} ${String(ino)}.${String(ctimeNs)}\n`);
  const error = await decideHere(place).catch((caught: unknown) => caught);
  assert.match(String(error), /locked by process \d+ on elsewhere/);
});

test('of the next one is put back where it was taken for that of a dead process', async (t) => {
  const lock = `${t.dir}/lock`;
  const nextSeconds = Date.now() / 1000 - 1;
  /** Lets the dead holder's lock go, and another process take it, while it is judged. */
  class Slow extends Workshop {
    override fateOf(identity: ProcessIdentity): Fate {
      rmdirSync(lock);
      mkdirSync(lock);
      utimesSync(lock, nextSeconds, nextSeconds);
      return super.fateOf(identity);
    }
  }
  const place = placeIn(t, {patienceMs: 50, workshop: new Slow(process.pid)});
  mkdirSync(lock);
  const {ino, ctimeNs} = statSync(lock, {bigint: true});
  const gone = formatWorker({...workshop.newWorker(), start: '1'});
  writeFileSync(`${lock}.holder`, `${gone} ${String(ino)}.${String(ctimeNs)}\n`);
  const error = await decideHere(place).catch((caught: unknown) => caught);
  assert.match(String(error), /locked by nobody known/);
  assert.is(Math.round(statSync(lock).mtimeMs), Math.round(nextSeconds * 1000));
});

test('is not judged by what the holder before it wrote', async (t) => {
  const place = placeIn(t, {patienceMs: 50});
  const gone = {...workshop.newWorker(), start: '1'};
  mkdirSync(`${t.dir}/lock`);
  writeFileSync(
    `${t.dir}/lock.holder`,
    `${formatWorker(gone)} ${String(statSync(`${t.dir}/lock`).ino)}.1\n`,
  );
  const error = await decideHere(place).catch((caught: unknown) => caught);
  assert.match(String(error), /locked by nobody known/);
});

for (const [what, put] of [
  [
    'a file',
    (lock: string) => {
      writeFileSync(lock, '');
    },
  ],
  [
    'a directory with something in it',
    (lock: string) => {
      mkdirSync(`${lock}/x`, {recursive: true});
    },
  ],
] as const) {
  test(`is told to be damaged, and not waited for, where it is ${what}`, async (t) => {
    const place = placeIn(t);
    put(`${t.dir}/lock`);
    const error = await decideHere(place).catch((caught: unknown) => caught);
    assert.is((error as CrcacheError).kind, 'damaged');
    assert.match(String(error), /lock' is not an empty directory/);
  });
}

test('is given back where the decision fails', async (t) => {
  const place = placeIn(t);
  const failing = decide(place, {
    look: () => 1,
    act: () => {
      throw new Error('no');
    },
  });
  assert.match(String(await failing.catch((caught: unknown) => caught)), /no/);
  assert.throws(() => statSync(`${t.dir}/lock`), /ENOENT/);
  assert.throws(() => statSync(`${t.dir}/lock.holder`), /ENOENT/);
});
