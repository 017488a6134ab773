// Directories that are mounted in instances below others: what is in those is somebody's own, and stays as it is.

import * as assert from 'uvu/assert';
import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {discardAtEnd} from '../../helpers/configured.js';
import {makeGolden} from '../../helpers/golden.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {World, type Settings} from '../../helpers/world.js';

const test = suite('imports below imports');

const types: Readonly<Record<string, (t: Sandbox) => Settings>> = {
  sim: () => ({type: 'sim', bind: 'yes', reserve: 1}),
  chroot(t) {
    makeGolden(t, `${t.dir}/golden`);
    return {type: 'chroot', root: `${t.dir}/golden`, reserve: 1};
  },
};

const isMounted = (t: Sandbox): boolean => readFileSync('/proc/mounts', 'utf8').includes(t.dir);

for (const [type, settings] of Object.entries(types)) {
  test(`are mounted where they can be, and leave nothing: ${type}`, async (t) => {
    t.needs('unshare', 'nsenter', 'mount');
    if (process.getuid?.() !== 0) t.skip('needs root');
    mkdirSync(`${t.dir}/outer/there`, {recursive: true});
    t.write('inner/file', 'inner\n');
    const world = new World(t, {s: settings(t)});
    discardAtEnd(t, world.env);
    for (const access of ['ro', 'rw']) {
      const acquire = (below: string): string[] => {
        const words = ['acquire', '-s', 's', '--import', `outer:x:${access}`];
        return [...words, '--import', `inner:x/${below}:rw`];
      };
      const {status, stderr} = await world.here(acquire('missing'));
      assert.is(status, 1, stderr);
      assert.match(
        stderr,
        /cannot import '.*\/inner' at '.*\/x\/missing': there is no directory '.*\/outer\/missing'/,
      );
      assert.match(stderr, /hint: mkdir '.*\/outer\/missing'/);
      const [name = ''] = await world.must(...acquire('there'));
      const seen = await world.run(['run', name, 'sh', '-c', 'cd; cat x/there/file']);
      assert.is(seen.stdout, 'inner\n', seen.stderr);
      await world.must('release', name);
      assert.equal(readdirSync(`${t.dir}/outer`, {recursive: true}), ['there']);
      assert.not(isMounted(t), access);
    }
  });
}

test('whose place is taken are told by name, and their instance goes', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.write('outer/file', 'outer\n');
  const world = new World(t, {s: {type: 'sim', bind: 'yes', reset: 'never', reserve: 1}});
  await world.must('acquire', '-s', 's');
  await world.must('run', 's-0', 'sh', '-c', 'echo >taken');
  await world.must('release', 's-0');
  const words = ['acquire', '-s', 's', '--import', 'outer:x:rw', '--import', 'outer:taken/x:rw'];
  const {status, stderr} = await world.here(words);
  assert.is(status, 1, stderr);
  assert.match(stderr, /cannot import '.*outer', '.*outer' into 's-0': cannot use '.*taken.*'/);
  assert.not(isMounted(t));
  assert.equal(await world.must('list-instances'), []);
  assert.is(readFileSync(`${t.dir}/outer/file`, 'utf8'), 'outer\n');
});
