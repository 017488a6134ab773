// A configuration that has become wrong, or is not trusted any more, while its source has instances: these can go as they
// were made, nothing is added, and nobody else is kept from anything.

import * as assert from 'uvu/assert';
import {chmodSync, chownSync, existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('misconfigured');

/** Two sources in a project, with hooks that are told where they are, and one of the user's own. */
class Project {
  readonly root: string;
  readonly world: World;
  readonly #t: Sandbox;

  constructor(t: Sandbox) {
    this.#t = t;
    this.root = `${t.dir}/.crcache`;
    this.world = new World(t, {mine: {type: 'sim', reserve: 1}});
    for (const name of ['bad', 'good']) {
      this.write(`sources/${name}/source.conf`, name === 'bad' ? right : '[DEFAULT]\ntype=sim\n');
      const trace = `echo "$CRCACHE_HOOK $1" >>${t.dir}/trace`;
      for (const phase of ['release', 'discard'])
        this.write(`sources/${name}/${phase}.d/10-trace`, `#!/bin/sh\n${trace}\n`, 0o700);
    }
  }

  write(file: string, text: string, mode?: number): void {
    this.#t.write(`.crcache/${file}`, text, mode);
  }

  get file(): string {
    return `${this.root}/sources/bad/source.conf`;
  }

  traced(): string[] {
    return readFileSync(`${this.#t.dir}/trace`, 'utf8').trimEnd().split('\n').sort();
  }
}

interface Spoil {
  readonly spoil: (project: Project) => void;
  readonly mend: (project: Project) => void;
  readonly said: RegExp;
}

function writes(text: string): (project: Project) => void {
  return ({file}) => {
    writeFileSync(file, text);
  };
}

const right = '[DEFAULT]\ntype=sim\nreserve=2\n';

const spoils: Readonly<Record<string, Spoil>> = {
  'that has a key which is unknown': {
    spoil: writes(`${right}maxmum=3\n`),
    mend: writes(right),
    said: /bad\/source\.conf:4: unknown key 'maxmum'/,
  },
  'that is no INI': {
    spoil: writes(`${right}[DEFAULT\n`),
    mend: writes(right),
    said: /bad\/source\.conf:4: this is not a section/,
  },
  'of a type that is unknown': {
    spoil: writes('[DEFAULT]\ntype=smi\n'),
    mend: writes(right),
    said: /bad\/source\.conf:2: unknown type 'smi'/,
  },
  'that stands on itself': {
    spoil: writes('[DEFAULT]\ntype=pool\nsources=bad\n'),
    mend: writes(right),
    said: /'bad' stands on itself: bad -> bad/,
  },
  'that others may write to': {
    spoil: ({root}) => {
      chmodSync(`${root}/sources/bad`, 0o777);
    },
    mend: ({root}) => {
      chmodSync(`${root}/sources/bad`, 0o700);
    },
    said: /'.*sources\/bad' may be written to by other users, and is not used/,
  },
  'whose root others may write to': {
    spoil: ({root}) => {
      chmodSync(root, 0o777);
    },
    mend: ({root}) => {
      chmodSync(root, 0o700);
    },
    said: /'.*\.crcache' may be written to by other users, and is not used/,
  },
  'whose root is of another user': {
    spoil: ({root}) => {
      chownSync(root, 4711, 4711);
    },
    mend: ({root}) => {
      chownSync(root, 0, 0);
    },
    said: /'.*\.crcache' belongs to another user, uid 4711, and is not used/,
  },
};

for (const [name, {spoil, mend, said}] of Object.entries(spoils)) {
  test(`instances of a configuration ${name} can go, and others with them`, async (t) => {
    if (name.endsWith('another user') && process.getuid?.() !== 0) t.skip('needs root');
    const project = new Project(t);
    const {world} = project;
    await world.must('acquire', '-s', 'bad', '2');
    await world.must('acquire', '-s', 'good');
    await world.must('release', 'bad-1');
    const states = async (): Promise<string[]> =>
      (await world.must('list-instances', '--format', '%(name) %(state)')).sort();
    assert.equal(await states(), ['bad-0 in-use', 'bad-1 cached', 'good-0 in-use']);
    spoil(project);

    const refused = await world.here(['acquire', '-s', 'bad']);
    assert.is(refused.status, 2);
    assert.match(refused.stderr, said);
    const status = await world.here(['status']);
    assert.is(status.status, 0);
    assert.match(status.stderr, said);
    assert.match(status.stdout, /^bad +1 +1 +0 +misconfigured$/m);
    for (const other of ['good', 'mine'])
      assert.match(status.stdout, new RegExp(`^${other} `, 'm'));

    const gc = await world.here(['gc']);
    assert.is(gc.status, 0);
    assert.match(
      gc.stderr,
      /source 'bad' keeps bad-[01], bad-[01] until its configuration is mended: /,
    );
    assert.match(gc.stderr, said);
    assert.match(gc.stderr, /hint: or end them as they were made: crcache release bad-/);
    const kept = ['bad-0 in-use', 'bad-1 cached', 'good-0 in-use', 'mine-0 cached'];
    assert.equal(await states(), kept, 'what is wrong is left, and the rest is done');

    assert.is((await world.here(['release', '--all'])).status, 0);
    assert.equal(await states(), ['bad-0 cached', 'bad-1 cached', 'mine-0 cached']);
    await world.must('discard-instance', '-s', 'bad', '--all');
    const hooks = ['discard bad-0', 'discard bad-1', 'release bad-0', 'release bad-1'];
    assert.equal(project.traced(), [
      ...hooks.slice(0, 2),
      'discard good-0',
      ...hooks.slice(2),
      'release good-0',
    ]);

    mend(project);
    assert.equal(await world.must('acquire', '-s', 'bad'), ['bad-0']);
    assert.equal(await world.must('fsck'), []);
  });
}

for (const word of ['s-0', 's0', 's']) {
  test(`of a source that is wrong, and that nothing was made by, there is no '${word}'`, async (t) => {
    const world = new World(t, {s: {type: 'sim', maxmum: 1}});
    const why = `no instance '${word}': .*/s/source\\.conf:3: unknown key 'maxmum'\nhint: did you mean 'maximum'\\?\n`;
    for (const command of ['show-instance', 'discard-instance', 'check-instance']) {
      const {status, stderr} = await world.here([command, word]);
      assert.is(status, 10, command);
      assert.match(stderr, new RegExp(`^crcache: ${why}$`));
    }
    assert.is((await world.here(['acquire', '-s', 's'])).status, 2);
  });
}

test('a release tells an instance that went from one that never was, whatever is wrong with their source', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, other: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  await world.must('release', 's-0');
  world.configure('s', {maxmum: 1});
  await world.must('acquire', '-s', 'other');
  for (const word of ['s-7', 's7']) {
    const {status, stderr} = await world.here(['release', 'other-0', word]);
    assert.is(status, 10);
    assert.match(stderr, `no instance '${word}': ${t.dir}/config/sources/s/source.conf:3: unknown`);
  }
  assert.equal(await world.must('list-instances', '--state', 'in-use'), ['other-0']);
  for (const [word, note] of [
    ['s-0', "'s-0' is not in use"],
    ['s', "source 's' has no instance in use"],
  ] as const) {
    const {status, stderr} = await world.here(['release', word]);
    assert.equal([status, stderr], [0, `crcache: ${note}\n`]);
  }
});

test('a pool is released though one below it, of which there is nothing, is wrong', async (t) => {
  const world = new World(t, {
    upper: {type: 'pool', sources: 'one, two'},
    one: {type: 'sim'},
    two: {type: 'sim'},
  });
  await world.must('acquire', '-s', 'upper');
  world.configure('two', {maxmum: 1});
  const refused = await world.here(['acquire', '-s', 'upper']);
  assert.is(refused.status, 2);
  assert.match(refused.stderr, /two\/source\.conf:3: unknown key 'maxmum'/);
  assert.is((await world.here(['gc'])).status, 0);
  await world.must('release', 'upper-0');
  assert.equal(await world.must('list-instances'), []);
});

test('hooks find the files beside a configuration that is wrong', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  t.write('config/sources/s/common.sh', 'echo "$1" >>released\n');
  t.write('config/sources/s/release.d/10-note', '#!/bin/sh\n. ./common.sh\n', 0o700);
  await world.must('acquire', '-s', 's');
  world.configure('s', {maxmum: 1});
  await world.must('release', 's-0');
  assert.is(readFileSync(`${t.dir}/config/sources/s/released`, 'utf8'), 's-0\n');
});

test('what was made by code that may be foreign by now stays, and is in nobody’s way', async (t) => {
  const world = new World(t, {other: {type: 'sim', reserve: 1}});
  const type = `${t.dir}/.crcache/sources/own/type.cjs`;
  const code = [
    `require('fs').appendFileSync('${t.dir}/loaded', 'x');`,
    'const nothing = () => ({});',
    "const verbs = 'identify make checkpoint endAll reset discard';",
    "exports.type = {check: () => true, list: () => [], probe: () => 1, runScript: () => '#!/bin/sh\\n'};",
    "exports.type.capabilities = () => ({isolation: 'none', sharesFiles: true, reset: false, survivesReboot: false, imports: 'copy', root: 'caller', network: 'shared', reboot: false, park: false});",
    "for (const verb of verbs.split(' ')) exports.type[verb] = nothing;",
  ];
  t.write('.crcache/sources/own/type.cjs', `${code.join('\n')}\n`);
  t.write('.crcache/sources/own/source.conf', '[DEFAULT]\ntype=./type.cjs\n');
  await world.must('acquire', '-s', 'own');
  await world.must('acquire', '-s', 'other');
  chmodSync(type, 0o666);
  rmSync(`${t.dir}/loaded`);
  for (const words of [['status'], ['gc']]) {
    const {status, stderr} = await world.run(words);
    assert.is(status, 0);
    assert.match(stderr, /source 'own': '.*type\.cjs' may be written to by other users/);
  }
  const released = await world.run(['release', '--all']);
  assert.is(released.status, 2);
  assert.match(released.stderr, /'.*type\.cjs' may be written to by other users/);
  assert.not.ok(existsSync(`${t.dir}/loaded`));
  chmodSync(type, 0o600);
  assert.equal(await world.must('list-instances', '--state', 'in-use'), ['own-0']);
  await world.must('release', 'own-0');
});
