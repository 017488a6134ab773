// How instances are made, kept apart, found dead, brought back and destroyed, and that nothing of them is left.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync, rmSync} from 'node:fs';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {ask} from './jobs.js';
import type {There} from './there.js';

/** These call many commands, and a kind's tool may be slow to start. */
const many = {timeLimitMs: 120_000};

export function describeLife(there: There): void {
  const {test, kind} = there;
  // What differs by its way alone may be another tool; a pool makes as many as what it stands on.
  const count = kind.differsBy === undefined || kind.differsBy === 'way' ? 20 : 3;

  test(`${String(count)} instances are made, used and given back at once`, many, async (t) => {
    await there.enter(t);
    const before = await there.list();
    const names = await there.acquireMore(t, count);
    assert.is(new Set(names).size, count);
    const code = `
      for name; do crcache run "$name" sh -c 'echo "$CRCACHE_INSTANCE" >own; echo "$CRCACHE_INSTANCE"' & done; wait`;
    const {stdout, stderr} = await t.run('bash', ['-c', code, 'bash', ...names]);
    assert.equal([stdout.trim().split('\n').sort(), stderr], [[...names].sort(), '']);
    const [first = '', second = ''] = names;
    if (kind.manners?.hasOwnTree === true) {
      assert.is(await ask(t, 'run', first, 'cat', 'own'), `${first}\n`);
      assert.is(await ask(t, 'run', second, 'cat', 'own'), `${second}\n`);
    }
    await ask(t, 'release', ...names);
    assert.equal(await there.list(), before);
  });

  test('reset undoes a change, and not what provision.d has done', many, async (t) => {
    await there.enter(t);
    if (!(await canReset(t, kind.source))) {
      const name = await there.acquireAnother(t);
      assert.is((await t.crcache(['reset-instance', name])).status, 1);
      return;
    }
    const name = await there.acquireHooked(t, 'echo made >made');
    const show = 'cat made; ls new 2>/dev/null; :';
    assert.is(await ask(t, 'run', name, '-S', `${show}; rm made; echo >new`), 'made\n');
    await ask(t, 'reset-instance', name);
    assert.is(await ask(t, 'run', name, '-S', show), 'made\n');
  });

  if (kind.outside === undefined) return;

  test(
    'one that was ended from outside is not given out, and is discarded all the same',
    many,
    async (t) => {
      await there.enter(t);
      const before = await there.list();
      const [name = ''] = (await ask(t, 'provision-instance', '-s', kind.source))
        .trim()
        .split('\n');
      const [thing = ''] = await added(there, before);
      await there.end(thing);
      const given = await there.acquireAnother(t);
      assert.is(await ask(t, 'run', given, 'echo', 'alive'), 'alive\n');
      const [next = ''] = await added(there, before);
      assert.is.not(next, thing);
      assert.equal(await there.list(), [...before, next].sort(), `nothing is left of ${name}`);
      // One that is gone already is as good as discarded.
      await there.end(next);
      await ask(t, 'discard-instance', '--force', given);
      assert.equal(await there.list(), before);
    },
  );

  test('one may be discarded twice', many, async (t) => {
    await there.enter(t);
    const before = await there.list();
    const name = await there.acquireAnother(t);
    const env = {...t.env, CRCACHE_STOP_AT: 'kill:discard:destroyed'};
    const died = await t.crcache(['discard-instance', '--force', name], {env});
    assert.is(died.signal, 'SIGKILL', died.stderr);
    await ask(t, 'gc');
    assert.equal(await there.list(), before);
    assert.is((await t.crcache(['discard-instance', '--force', name])).status, 10);
  });

  test('what no record knows is found, and what is another’s is left alone', many, async (t) => {
    await there.enter(t);
    const before = await there.list();
    const others = {...t.env, CRCACHE_DIR: `${there.ground.dir}/others`};
    const {stdout} = await t.crcache(['acquire', '-s', kind.source], {env: others});
    const neighbour = stdout.trim();
    const foreign = await there.list();
    assert.is(foreign.length, before.length + 1);
    const name = await there.acquireAnother(t);
    assert.is((await there.list()).length, foreign.length + 1);
    forget(t, name);
    await ask(t, 'gc');
    assert.equal(await there.list(), foreign);
    const said = await t.crcache(['run', neighbour, 'echo', 'alive'], {env: others});
    assert.equal([said.stdout, said.stderr], ['alive\n', '']);
    await t.crcache(['release', neighbour], {env: others});
    assert.equal(await there.list(), before);
  });
}

/** Whether instances of a source can be reset, by themselves or by what they stand on. */
async function canReset(t: Sandbox, source: string): Promise<boolean> {
  const listed = JSON.parse(await ask(t, 'list-sources', '--json')) as Record<string, unknown>[];
  const abilities = listed.find(({name}) => name === source)?.['abilities'];
  return Array.isArray(abilities) && abilities.includes('reset');
}

/** Loses the record of an instance, and of those that it stands on. */
function forget({env}: Pick<Sandbox, 'env'>, name: string): void {
  const directory = `${env['CRCACHE_DIR'] ?? ''}/sources/${name.replace(/-[0-9]+$/, '')}`;
  const record = `${directory}/instances/${name}`;
  if (existsSync(`${record}/backing`)) {
    const [below = ''] = /[^=\s]+-[0-9]+/.exec(readFileSync(`${record}/backing`, 'utf8')) ?? [];
    forget({env}, below);
  }
  rmSync(`${directory}/in-use/${name}`);
  rmSync(record, {recursive: true});
}

/** What there is that was not there before. */
async function added(there: There, before: readonly string[]): Promise<string[]> {
  return (await there.list()).filter((thing) => !before.includes(thing));
}
