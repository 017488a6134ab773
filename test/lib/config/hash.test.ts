import {
  chmodSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as assert from 'uvu/assert';
import {hashOf, type Remembered} from '../../../lib/config/hash.js';
import {suite} from '../../helpers/suite.js';
import {Tree} from './tree.js';

const test = suite('hash of a configuration');

/** Remembers in a map, and nothing at all where there is none. */
function rememberIn(map?: Map<string, string>): Remembered {
  return {
    get: (key) => map?.get(key),
    set: (key, value) => {
      map?.set(key, value);
    },
  };
}

const later = new Date(Date.now() + 3_600_000);

function hash(tree: Tree, map?: Map<string, string>, now = later): string {
  const definition = tree.configuration().source('a');
  if (definition === undefined) throw new Error('there is no source');
  return hashOf(definition, rememberIn(map), now);
}

/** A source with a hook, and the path of its directory. */
function make(tree: Tree): string {
  tree.source('user', 'a', 'type=local');
  tree.write('user', 'sources/a/provision.d/10-make', 'one');
  return `${tree.path('user')}/sources/a`;
}

const changes: Record<string, (directory: string) => void> = {
  'a setting that makes instances': (at) => {
    writeFileSync(`${at}/source.conf`, 'type=local\nconcurrency=3\n');
  },
  "a hook's content": (at) => {
    writeFileSync(`${at}/provision.d/10-make`, 'two');
  },
  "a hook's mode": (at) => {
    chmodSync(`${at}/provision.d/10-make`, 0o755);
  },
  "a hook's name": (at) => {
    renameSync(`${at}/provision.d/10-make`, `${at}/provision.d/20-make`);
  },
  "a hook's directory": (at) => {
    renameSync(`${at}/provision.d`, `${at}/allocate.d`);
  },
  'a hook more': (at) => {
    writeFileSync(`${at}/provision.d/empty`, '');
  },
  'a symlink that leads nowhere': (at) => {
    symlinkSync('nowhere', `${at}/provision.d/link`);
  },
  'a pre-run hook': (at) => {
    mkdirSync(`${at}/pre-run.d`);
    writeFileSync(`${at}/pre-run.d/x`, '');
  },
};

for (const [what, change] of Object.entries(changes)) {
  test(`is another one for ${what}`, (t) => {
    const tree = new Tree(t);
    const directory = make(tree);
    const map = new Map<string, string>();
    const before = hash(tree, map);
    assert.is(map.size, 1);
    change(directory);
    assert.is.not(hash(tree, map), before);
    assert.is(hash(tree, map), hash(tree), 'remembered or not, it is the same');
  });
}

test('is the same for times, for other files beside, and in another place', (t) => {
  const tree = new Tree(t);
  const directory = make(tree);
  const before = hash(tree);
  utimesSync(`${directory}/source.conf`, 1, 1);
  writeFileSync(`${directory}/notes`, 'x');
  assert.is(hash(tree), before);
  renameSync(tree.path('user'), tree.path('system'));
  assert.is(hash(tree), before);
});

test('follows a symlink to what the hook is', (t) => {
  const tree = new Tree(t);
  const directory = make(tree);
  writeFileSync(`${t.dir}/shared`, 'one');
  symlinkSync(`${t.dir}/shared`, `${directory}/provision.d/link`);
  const before = hash(tree);
  writeFileSync(`${t.dir}/shared`, 'two');
  assert.is.not(hash(tree), before);
});

test('is not fooled by a change of the same size and times, right after it was computed', (t) => {
  const tree = new Tree(t);
  const directory = make(tree);
  const map = new Map<string, string>();
  const changed = (): Date => statSync(`${directory}/provision.d/10-make`).mtime;
  const before = hash(tree, map, changed());
  assert.is(map.size, 0, 'what changed a moment ago is not remembered');
  writeFileSync(`${directory}/provision.d/10-make`, 'two');
  assert.is.not(hash(tree, map, changed()), before);
});

test('is taken from what is remembered while nothing changes', (t) => {
  const tree = new Tree(t);
  make(tree);
  const map = new Map<string, string>();
  hash(tree, map);
  const [key = '', value = ''] = [...map][0] ?? [];
  map.set(key, `${value.split(' ')[0] ?? ''} remembered`);
  assert.is(hash(tree, map), 'remembered');
  map.set(key, 'rubbish');
  assert.is(hash(tree, map), hash(tree));
});

test('takes directories, pipes and endless devices for what they are', async (t) => {
  const tree = new Tree(t);
  const directory = make(tree);
  mkdirSync(`${directory}/provision.d/sub`);
  symlinkSync('/dev/zero', `${directory}/provision.d/zero`);
  await t.run('mkfifo', [`${directory}/provision.d/pipe`]);
  assert.match(hash(tree), /^[0-9a-f]{16}$/);
});

test('differs for hooks that may not be read', (t) => {
  const tree = new Tree(t);
  const directory = make(tree);
  tree.mode('user', 'sources/a/provision.d/10-make', 0o711);
  const hashes = new Set<string>();
  tree.asNobody((configuration) => {
    const definition = configuration.source('a');
    if (definition !== undefined) hashes.add(hashOf(definition, rememberIn(), later));
  });
  writeFileSync(`${directory}/provision.d/10-make`, 'three');
  tree.asNobody((configuration) => {
    const definition = configuration.source('a');
    if (definition !== undefined) hashes.add(hashOf(definition, rememberIn(), later));
  });
  assert.is(hashes.size, 2);
});

test('is the same whatever the limits of the source are', (t) => {
  const tree = new Tree(t);
  const directory = make(tree);
  const before = hash(tree);
  writeFileSync(`${directory}/source.conf`, '; more of them\ntype=local\nmaximum=5\nreserve=2\n');
  assert.is(hash(tree), before);
});
