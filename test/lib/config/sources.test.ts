import {mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {basename} from 'node:path';
import * as assert from 'uvu/assert';
import {describeUnused} from '../../../lib/config/problem.js';
import {suite} from '../../helpers/suite.js';
import {Tree} from './tree.js';

const test = suite('sources');

test('has local where nothing is configured', (t) => {
  const configuration = new Tree(t).configuration();
  assert.equal(configuration.names(), {names: ['local'], warnings: []});
  assert.is(configuration.defaultSource(), 'local');
  const local = configuration.source('local');
  assert.is(local?.settings.type, 'local');
  assert.is(local?.settings.maximum, 1);
  assert.is(local?.place, undefined);
  assert.equal([...new Set(Object.values(local?.origins ?? {}))], ['default']);
  assert.is(configuration.source('other'), undefined);
});

test('takes a source whole from the first root that has it', (t) => {
  const tree = new Tree(t);
  tree.source('system', 'a', 'type=local\nreserve=3\nmaximum=3');
  tree.source('project', 'a', 'type=local\nreserve=2');
  tree.source('system', 'b', 'type=pool\nsources=a');
  tree.source('user', 'c', 'type=local');
  const configuration = tree.configuration();
  assert.equal(configuration.names(), {names: ['a', 'b', 'c', 'local'], warnings: []});
  const a = configuration.source('a');
  assert.is(a?.settings.reserve, 2);
  assert.is(a?.settings.maximum, 1);
  assert.is(a?.place?.root.kind, 'project');
  assert.is(a?.place?.directory, `${tree.path('project')}/sources/a`);
  assert.is(a?.origins['reserve'], `${tree.path('project')}/sources/a/source.conf:2`);
});

test('means the default-source of the first root that names one, else the only one, else local', (t) => {
  const tree = new Tree(t);
  tree.source('system', 'a', 'type=local');
  assert.is(tree.configuration().defaultSource(), 'a');
  tree.source('user', 'b', 'type=local');
  assert.is(tree.configuration().defaultSource(), 'local');
  tree.write('system', 'crcache.conf', 'default-source=a');
  assert.is(tree.configuration().defaultSource(), 'a');
  tree.write('user', 'crcache.conf', 'default-source = b');
  assert.is(tree.configuration().defaultSource(), 'b');
});

test('refuses a default-source that cannot be a name, with its place', (t) => {
  const tree = new Tree(t);
  tree.write('user', 'crcache.conf', 'default-source=a-0');
  tree.fails((configuration) => configuration.defaultSource(), {
    message: /user\/crcache\.conf:1: default-source: 'a-0' is an instance's name/,
    hint: /did you mean the source 'a'/,
  });
});

test("fills in [source-defaults] of the source's own root only", (t) => {
  const tree = new Tree(t);
  tree.write('user', 'crcache.conf', '[source-defaults]\nreserve=7\nimport=/x\nttl=1h\n');
  tree.source('user', 'a', 'type=local\nimport=/y\nttl=2h');
  tree.source('system', 'b', 'type=local');
  const configuration = tree.configuration();
  const a = configuration.source('a');
  assert.equal([a?.settings.reserve, a?.settings.import, a?.settings.ttl], [7, ['/y'], 7_200_000]);
  assert.is(a?.origins['reserve'], `${tree.path('user')}/crcache.conf:2`);
  assert.is(configuration.source('b')?.settings.reserve, 0);
});

test("fails for what is wrong in its root's crcache.conf, and not in another's", (t) => {
  const tree = new Tree(t);
  tree.write('user', 'crcache.conf', 'type=local\n[source-defaults]\nreserve=x\ntype=pool\n[z]\n');
  tree.source('user', 'a', 'type=local');
  tree.source('system', 'b', 'type=local');
  const configuration = tree.configuration();
  assert.is(configuration.source('b')?.name, 'b');
  assert.is(configuration.check('a')?.problems.length, 4);
  tree.fails(() => configuration.source('a'), {
    message: /crcache\.conf:1: unknown key 'type' \(and 3 more: crcache check-source a\)$/,
    hint: /known are: default-source/,
  });
});

test('says where a key of crcache.conf belongs that stands below the other heading', (t) => {
  const tree = new Tree(t);
  tree.write('user', 'crcache.conf', 'ttl=1h\n[source-defaults]\ndefault-source=a\n');
  const hints = tree
    .configuration()
    .checkRoots()
    .map(({line, hint}) => [line, hint]);
  assert.equal(hints, [
    [1, 'it stands below [source-defaults]'],
    [3, 'it stands below [DEFAULT]'],
  ]);
});

for (const [name, message, hint] of [
  ['pool-0', /'pool-0' is an instance's name/, /did you mean the source 'pool'\?/],
  ['a-1-2', /'a-1-2' is not a source's name/, /begins with a letter/],
  ['', /'' is not a source's name/, /begins with a letter/],
  ['../x', /is not a source's name/, /begins with a letter/],
  ['a\nb', /^'a\?b' is not a source's name/, /begins with a letter/],
  ['-s', /is not a source's name/, /begins with a letter/],
  ['s'.repeat(101), /is not a source's name/, /100 characters at most/],
] as const) {
  test(`refuses the name ${JSON.stringify(name)}`, (t) => {
    new Tree(t).fails((configuration) => configuration.source(name), {message, hint});
  });
}

test('warns of directories that are no source, and lists the others', (t) => {
  const tree = new Tree(t);
  tree.source('user', 'good', 'type=local');
  tree.source('user', 'pool-0', 'type=local');
  tree.source('user', 'two\nlines', 'type=local');
  const sources = `${tree.path('user')}/sources`;
  mkdirSync(`${sources}/empty`);
  mkdirSync(`${sources}/.git`);
  symlinkSync('nowhere', `${sources}/gone`);
  symlinkSync('loop', `${sources}/loop`);
  tree.write('user', 'sources/README', 'words');
  const {names, warnings} = tree.configuration().names();
  assert.equal(names, ['good', 'local']);
  const said = warnings.map((each) => basename(describeUnused(each))).sort();
  assert.equal(said, [
    "empty' is not a source: it has no source.conf",
    "gone' is not a source: it has no source.conf",
    "loop' is not a source: it has no source.conf",
    "pool-0' is not a source: its name cannot be one's",
    "two?lines' is not a source: its name cannot be one's",
  ]);
});

test('names all sources without reading one', (t) => {
  const tree = new Tree(t);
  tree.source('user', 'a', 'rubbish');
  mkdirSync(`${tree.path('user')}/sources/b/source.conf`, {recursive: true});
  assert.equal(tree.configuration().names(), {names: ['a', 'b', 'local'], warnings: []});
});

const unreadable: Record<string, (file: string, tree: Tree) => void> = {
  'a directory': (file) => {
    mkdirSync(file);
  },
  'a symlink that leads nowhere': (file) => {
    symlinkSync('nowhere', file);
  },
  'too many levels of symbolic links': (file) => {
    symlinkSync('source.conf', file);
  },
  'more than 1048576 bytes': (_, tree) => tree.source('user', 'a', 'x'.repeat(10_000_000)),
  'not a file': (file) => {
    symlinkSync('/dev/zero', file);
  },
};

for (const [reason, make] of Object.entries(unreadable)) {
  test(`says that source.conf cannot be read: ${reason}`, (t) => {
    const tree = new Tree(t);
    mkdirSync(`${tree.path('user')}/sources/a`, {recursive: true});
    make(`${tree.path('user')}/sources/a/source.conf`, tree);
    tree.source('system', 'a', 'type=local');
    tree.fails((configuration) => configuration.source('a'), {
      message: /user\/sources\/a\/source\.conf: cannot read it: it (is|has) |too many/,
    });
    assert.is(tree.configuration().check('a')?.problems.length, 1);
  });
}

test('does not wait for the writer of a pipe', async (t) => {
  const tree = new Tree(t);
  mkdirSync(`${tree.path('user')}/sources/a`, {recursive: true});
  await t.run('mkfifo', [`${tree.path('user')}/sources/a/source.conf`]);
  tree.fails((configuration) => configuration.source('a'), {message: /it is not a file$/});
});

for (const [what, mode] of [
  ['source.conf', 0o000],
  ['', 0o000],
] as const) {
  test(`says that '${what}' may not be read`, (t) => {
    const tree = new Tree(t);
    tree.source('user', 'a', 'type=local');
    tree.source('user', 'b', 'type=local');
    tree.mode('user', `sources/a/${what}`, mode);
    tree.asNobody((configuration) => {
      const message = /sources\/a\/source\.conf.*: permission denied/;
      tree.fails(() => configuration.source('a'), {message});
      const {names, warnings} = configuration.names();
      assert.ok(names.includes('b'));
      assert.is(warnings.length, what === '' ? 1 : 0);
    });
  });
}

test("says that a root may not be searched, and is not in the other roots' way", (t) => {
  const tree = new Tree(t);
  tree.source('user', 'a', 'type=local');
  tree.source('system', 'b', 'type=local');
  tree.mode('system', '', 0o000);
  tree.asNobody((configuration) => {
    assert.is(configuration.source('a')?.name, 'a');
    tree.fails(() => configuration.source('b'), {message: /permission denied/, hint: /./});
    const {names, warnings} = configuration.names();
    assert.equal(names, ['a', 'local']);
    assert.match(warnings[0]?.what ?? '', /permission denied/);
  });
});

test('reads a source once, and none that was not asked for', (t) => {
  const tree = new Tree(t);
  tree.source('user', 'a', 'type=local\nreserve=1');
  tree.source('user', 'broken', '!');
  const configuration = tree.configuration();
  const a = configuration.source('a');
  rmSync(tree.path('user'), {recursive: true});
  assert.is(configuration.source('a'), a);
});
