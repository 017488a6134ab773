// Each check, by damage that it finds, and by what its repair leaves.

import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import * as assert from 'uvu/assert';
import {checkNames, findDamage, repairDamage} from '../../../lib/store/fsck.js';
import {formatWorker} from '../../../lib/store/worker.js';
import {MadeStore} from '../../helpers/made-store.js';
import {suite} from '../../helpers/suite.js';

const test = suite('fsck');

interface Damage {
  /** The check that finds it. */
  readonly check: string;
  readonly name: string;
  readonly plant: (made: MadeStore) => void;
  /** What is found, in its order: the path below the state directory, and a part of what is said. */
  readonly found: readonly (readonly [path: string, what: string])[];
  /** Nothing is found after the repair; else the paths that are. */
  readonly left?: readonly string[];
  /** It is no damage, and only told with -v. */
  readonly isNote?: boolean;
}

const dead = (made: MadeStore): string => formatWorker(made.dead());

/** A healthy store, with one instance in each resting state and a pool's that stands on another source's. */
function healthy(made: MadeStore): void {
  made.instance('s-0', 'cached');
  made.instance('s-1', 'in-use');
  made.instance('s-2', 'broken');
  const above = made.instance('p-0', 'in-use', {backing: 's-3'});
  made.instance('s-3', 'in-use', {holder: `p-0#${above.incarnation}`});
  made.claim('s-4');
}

const s = 'sources/s';

const damages: readonly Damage[] = [
  {
    check: 'the layout is one that this program knows',
    name: 'a newer format',
    plant: (made) => made.write('format', '2\n'),
    found: [['format', "'2', and this crcache knows '1'"]],
    left: ['format'],
  },
  {
    check: 'the layout is one that this program knows',
    name: 'rubbish for a format',
    plant: (made) => made.write('format'),
    found: [['format', "'rubbish': not the version of a layout"]],
  },
  {
    check: 'the layout is one that this program knows',
    name: 'no format',
    plant: ({dir}) => {
      unlinkSync(`${dir}/format`);
    },
    found: [['format', 'missing']],
  },
  {
    check: 'the directory has an id of its own',
    name: 'rubbish for an id',
    plant: (made) => made.write('id'),
    found: [['id', "wants 'id='"]],
  },
  {
    check: 'the directory has an id of its own',
    name: 'no id',
    plant: ({dir}) => {
      unlinkSync(`${dir}/id`);
    },
    found: [['id', 'missing']],
  },
  {
    check: 'the directory is no copy',
    name: 'a copied directory',
    plant: ({dir}) => {
      cpSync(dir, `${dir}.copy`, {recursive: true, verbatimSymlinks: true});
      rmSync(dir, {recursive: true});
      renameSync(`${dir}.copy`, dir);
    },
    found: [['id', 'a copy']],
  },
  {
    check: 'the state directory holds nothing unknown',
    name: 'an unknown file at the top',
    plant: (made) => made.write('notes'),
    found: [['notes', 'not of crcache']],
  },
  {
    check: "'sources' holds directories with names of sources",
    name: 'a source with a name that is none, and a file',
    plant: (made) => {
      mkdirSync(`${made.dir}/sources/s-7`);
      made.write('sources/file');
    },
    found: [
      ['sources/file', 'not a directory'],
      ['sources/s-7', "not a source's name"],
    ],
  },
  {
    check: 'who collects alone says who that is',
    name: 'rubbish for who collects',
    plant: (made) => made.write('gc'),
    found: [['gc', 'does not name a process']],
  },
  {
    check: 'the state directory is its owner’s alone',
    name: 'a file that others may read',
    plant: ({dir}) => {
      chmodSync(`${dir}/id`, 0o644);
    },
    found: [['id', 'its mode is 0644']],
  },
  {
    check: "a source's files are those of the state directory's owner alone",
    name: 'a directory that others may write to, and a file of another user',
    plant: ({dir}) => {
      chmodSync(`${dir}/${s}/cached`, 0o777);
      chownSync(`${dir}/${s}/log`, 12345, 12345);
    },
    found: [
      [`${s}/cached`, 'its mode is 0777'],
      [`${s}/log`, 'belongs to user 12345'],
    ],
    left: [`${s}/log`],
  },
  ...(['notes.abc.new', `${s}/instances/s-0/lease.abc.new`] as const).map((file) => ({
    check: file.startsWith('s')
      ? 'a file of a source is written at once'
      : 'a file is written at once',
    name: `a file that was never finished: ${file}`,
    plant: (made: MadeStore) => {
      utimesSync(made.write(file), 0, 0);
    },
    found: [[file, 'never finished']] as const,
  })),
  {
    check: 'a source has all its directories',
    name: 'a missing directory, and a file in the place of one',
    plant: (made) => {
      rmSync(`${made.dir}/${s}/discarding`, {recursive: true});
      rmSync(`${made.dir}/${s}/queue`, {recursive: true});
      made.write(`${s}/queue`);
    },
    found: [
      [`${s}/discarding`, 'missing'],
      [`${s}/queue`, 'not a directory'],
    ],
  },
  {
    check: "a source's directory holds nothing unknown",
    name: 'an unknown file of a source, and a directory in the place of one',
    plant: (made) => {
      made.write(`${s}/notes`);
      mkdirSync(`${made.dir}/${s}/drained`);
    },
    found: [
      [`${s}/drained`, 'not a file'],
      [`${s}/notes`, 'not of crcache'],
    ],
  },
  {
    check: 'a source says by what root it was defined',
    name: 'rubbish for an origin',
    plant: (made) => made.write(`${s}/origin`),
    found: [[`${s}/origin`, 'not the path']],
  },
  {
    check: 'each kept configuration has an instance',
    name: 'a configuration that nothing was made from',
    plant: ({dir}) => {
      mkdirSync(`${dir}/${s}/configs/ffff`);
    },
    found: [[`${s}/configs/ffff`, 'no instance was made from it']],
    isNote: true,
  },
  ...['cached', 'provisioning', 'in-use'].map((state) => ({
    check: "a state's directory holds names of its source's instances",
    name: `rubbish in '${state}', and another source's name`,
    plant: (made: MadeStore) => {
      made.write(`${s}/${state}/rubbish`);
      made.link(`${s}/${state}/p-0`, '../instances/p-0');
    },
    found: [
      [`${s}/${state}/p-0`, 'not a name'],
      [`${s}/${state}/rubbish`, 'not a name'],
    ] as const,
  })),
  {
    check: "a state's directory holds symlinks",
    name: 'a file and a directory in place of symlinks',
    plant: (made) => {
      made.write(`${s}/cached/s-8`);
      mkdirSync(`${made.dir}/${s}/broken/s-9`);
    },
    found: [
      [`${s}/cached/s-8`, 'a file in place'],
      [`${s}/broken/s-9`, 'a directory in place'],
    ],
  },
  {
    check: 'a symlink leads to the instance that it is called after',
    name: "a symlink to another's directory",
    plant: (made) => {
      unlinkSync(`${made.dir}/${s}/in-use/s-1`);
      made.link(`${s}/in-use/s-1`, '../instances/s-0');
    },
    found: [[`${s}/in-use/s-1`, "leads to '../instances/s-0'"]],
  },
  ...['cached', 'in-use', 'broken'].map((state) => ({
    check: 'a symlink leads somewhere',
    name: `a symlink to nowhere in '${state}'`,
    plant: (made: MadeStore) => {
      made.link(`${s}/${state}/s-8`, '../instances/s-8');
    },
    found: [[`${s}/${state}/s-8`, 'has no directory']] as const,
  })),
  {
    check: 'a symlink leads somewhere',
    name: 'a symlink to nowhere of a process that is at work',
    plant: (made) => {
      const worker = formatWorker(made.alive());
      made.link(`${s}/allocating/s-8@${worker}`, '../instances/s-8');
    },
    found: [[`${s}/allocating/s-8@`, 'has no directory']],
    left: [`${s}/allocating/s-8@`],
  },
  ...['cached', 'broken'].map((state) => ({
    check: 'an instance is in one state',
    name: `an instance in use that is also ${state}`,
    plant: (made: MadeStore) => {
      made.link(`${s}/${state}/s-1`, '../instances/s-1');
    },
    found: [
      [`${s}/${state}/s-1`, 'recorded twice'],
      ...(state === 'cached' ? ([[`${s}/instances/s-1/lease`, 'and yet']] as const) : []),
    ] as const,
  })),
  {
    check: "'instances' holds directories with names of its source's instances",
    name: 'a file, and a wrong name, among the instances',
    plant: (made) => {
      made.write(`${s}/instances/s-8`);
      mkdirSync(`${made.dir}/${s}/instances/rubbish`);
    },
    found: [
      [`${s}/instances/rubbish`, 'not a name'],
      [`${s}/instances/s-8`, 'not a directory'],
    ],
  },
  {
    check: 'an instance is in a state',
    name: 'an instance without a symlink, a directory that is none, and an empty one',
    plant: (made) => {
      unlinkSync(`${made.dir}/${s}/cached/s-0`);
      mkdirSync(`${made.dir}/${s}/instances/s-8`);
      mkdirSync(`${made.dir}/${s}/instances/s-9`);
      made.write(`${s}/instances/s-9/notes`);
    },
    found: [
      [`${s}/instances/s-0`, 'in no state'],
      [`${s}/instances/s-8`, 'a free slot'],
      [`${s}/instances/s-9`, 'not the record'],
    ],
  },
  ...'incarnation handle created concurrency used uses problem imports'.split(' ').map((file) => ({
    check: 'what an instance says of itself can be read',
    name: `rubbish for '${file}'`,
    plant: (made: MadeStore) => made.write(`${s}/instances/s-0/${file}`, '\0!\n'),
    found: [[`${s}/instances/s-0/${file}`, 'cannot be read']] as const,
    ...(file === 'incarnation' ? {left: [`${s}/instances/s-0/incarnation`]} : {}),
  })),
  {
    check: 'what is cached or in use has all that it needs',
    name: 'an instance without its files',
    plant: ({dir}) => {
      for (const file of ['created', 'concurrency', 'handle'])
        unlinkSync(`${dir}/${s}/instances/s-0/${file}`);
    },
    found: [
      [`${s}/instances/s-0/handle`, 'missing'],
      [`${s}/instances/s-0/created`, 'missing'],
      [`${s}/instances/s-0/concurrency`, 'missing'],
    ],
  },
  {
    check: 'the way into an instance can be used',
    name: 'a run script that is not executable, and one that is missing',
    plant: ({dir}) => {
      unlinkSync(`${dir}/${s}/instances/s-0/run`);
      chmodSync(`${dir}/${s}/instances/s-1/run`, 0o600);
    },
    found: [
      [`${s}/instances/s-0/run`, 'missing'],
      [`${s}/instances/s-1/run`, 'not executable'],
    ],
  },
  {
    check: 'an instance has the configuration that it was made from',
    name: 'a configuration that is gone',
    plant: ({dir}) => {
      const config = `${dir}/${s}/instances/s-0/config`;
      unlinkSync(config);
      symlinkSync('../../configs/gone', config);
    },
    found: [[`${s}/instances/s-0/config`, 'leads nowhere']],
    left: [`${s}/instances/s-0/config`],
  },
  {
    check: 'a lease can be read',
    name: 'rubbish for a lease',
    plant: (made) => made.write(`${s}/instances/s-1/lease`),
    found: [[`${s}/instances/s-1/lease`, 'not a lease']],
  },
  {
    check: 'what is in use has a lease',
    name: 'instances in use without a lease',
    plant: ({dir}) => {
      for (const name of ['s-1', 's-3']) unlinkSync(`${dir}/${s}/instances/${name}/lease`);
    },
    found: [
      ['sources/p/instances/p-0/backing', 'which nobody holds'],
      [`${s}/in-use/s-1`, 'without a lease'],
      [`${s}/in-use/s-3`, 'without a lease'],
    ],
  },
  {
    check: 'what is cached has no lease',
    name: 'a lease of something cached',
    plant: (made) =>
      made.write(
        `${s}/instances/s-0/lease`,
        'id=a\nholder=bob\nhost=h\nuser=bob\ncommand=c\ncwd=/\nsince=2026-01-01T00:00:00Z\n',
      ),
    found: [[`${s}/instances/s-0/lease`, 'a lease of bob']],
  },
  {
    check: 'who holds an instance exists',
    name: 'a lease of an instance that is gone',
    plant: (made) => made.instance('s-5', 'in-use', {holder: 'p-7#abc'}),
    found: [[`${s}/instances/s-5/lease`, "'p-7#abc', which does not exist"]],
    left: [`${s}/instances/s-5/lease`],
  },
  {
    check: 'what an instance stands on exists, and is held by it alone',
    name: 'instances that stand on nothing, on what another holds, and on what nobody holds',
    plant: (made) => {
      made.instance('p-1', 'cached', {backing: 's-9'});
      made.instance('p-2', 'cached', {backing: 's-3'});
      made.instance('p-3', 'in-use', {backing: 's-0'});
    },
    found: [
      ['sources/p/instances/p-1/backing', 'does not exist'],
      ['sources/p/instances/p-2/backing', "which 'p-0#"],
      ['sources/p/instances/p-3/backing', 'nobody holds'],
    ],
    left: [
      'sources/p/instances/p-1/backing',
      'sources/p/instances/p-2/backing',
      'sources/p/instances/p-3/backing',
    ],
  },
  {
    check: 'an instance says what it stands on',
    name: 'an instance that does not say what it stands on',
    plant: ({dir}) => {
      unlinkSync(`${dir}/sources/p/instances/p-0/backing`);
    },
    found: [['sources/p/instances/p-0/backing', "stands on 's-3'"]],
  },
  {
    check: 'who is at work on an instance runs',
    name: 'a worker that is gone',
    plant: (made) => {
      made.claim('s-8', made.dead());
    },
    found: [[`${s}/provisioning/s-8@`, 'is gone']],
    left: [`${s}/provisioning/s-8@`],
  },
  {
    check: 'who is at work on an instance runs',
    name: 'a worker of another host',
    plant: (made) => {
      made.claim('s-8', made.elsewhere());
    },
    found: [[`${s}/provisioning/s-8@`, 'cannot be judged']],
    isNote: true,
  },
  {
    check: "the queue holds running processes' tickets",
    name: 'rubbish in the queue, a ticket of a process that is gone, and one that names no instance',
    plant: (made) => {
      made.write(`${s}/queue/000000001.met@${dead(made)}`, 'abc\ns-1\n');
      made.write(`${s}/queue/000000002.met@${formatWorker(made.alive())}`, 'abc\np-1\n');
      made.write(`${s}/queue/rubbish`);
    },
    found: [
      [`${s}/queue/000000001.met@`, 'is gone'],
      [`${s}/queue/000000002.met@`, 'does not name'],
      [`${s}/queue/rubbish`, 'not a ticket'],
    ],
    left: [`${s}/queue/000000001.met@`],
  },
  {
    check: 'the trash is that of running processes',
    name: 'trash of a process that is gone, of nobody, and of one that runs',
    plant: (made) => {
      mkdirSync(`${made.dir}/${s}/trash/s-8@${dead(made)}`);
      mkdirSync(`${made.dir}/${s}/trash/s-9@${formatWorker(made.alive())}`);
      made.write(`${s}/trash/rubbish`);
    },
    found: [
      [`${s}/trash/rubbish`, "nobody's"],
      [`${s}/trash/s-8@`, 'is gone'],
    ],
    left: [`${s}/trash/rubbish`, `${s}/trash/s-8@`],
  },
  {
    check: "a source's directory holds nothing unknown",
    name: "a directory in the place where the lock's holder is named",
    plant: ({dir}) => {
      mkdirSync(`${dir}/${s}/lock.holder`, {mode: 0o700});
    },
    found: [[`${s}/lock.holder`, 'not a file']],
  },
  {
    check: 'the lock is renewed by who holds it',
    name: 'a file in place of the lock',
    plant: (made) => made.write(`${s}/lock`),
    found: [[`${s}/lock`, 'not a directory']],
  },
  ...[-1, 1].map((day) => ({
    check: 'the lock is renewed by who holds it',
    name: day < 0 ? 'a lock of yesterday' : 'a lock of tomorrow',
    plant: ({dir}: MadeStore) => {
      const time = Date.now() / 1000 + day * 86_400;
      mkdirSync(`${dir}/${s}/lock`);
      utimesSync(`${dir}/${s}/lock`, time, time);
    },
    found: [[`${s}/lock`, day < 0 ? 'not renewed' : 'from the future']] as const,
  })),
  {
    check: 'each line of the log is a transition',
    name: 'lines of the log that are cut off',
    plant: (made) => {
      const text = made.listing()[`${s}/log`] ?? '';
      made.write(`${s}/log`, `${text}{"time":"20\nrubbish ü\n${text}`);
    },
    found: [
      [`${s}/log`, 'is not that of a transition'],
      [`${s}/log`, 'is not that of a transition'],
    ],
  },
];

test('is silent of a healthy store, and of none', async (t) => {
  const made = new MadeStore(t);
  healthy(made);
  assert.equal(await findDamage(made.store), []);
  rmSync(made.dir, {recursive: true});
  assert.equal(await findDamage(made.store), []);
  assert.equal(await repairDamage(made.store), []);
});

for (const {check, name, plant, found, left = [], isNote = false} of damages) {
  test(`finds ${name}, changes nothing, and loses nothing in mending it: ${check}`, async (t) => {
    const made = new MadeStore(t);
    healthy(made);
    plant(made);
    const before = made.listing();
    const findings = await findDamage(made.store);
    const shown = findings.map((each) => `${each.path.slice(made.dir.length + 1)}: ${each.what}`);
    assert.is(shown.length, found.length, shown.join('\n'));
    for (const [index, [path, what]] of found.entries()) {
      assert.ok(shown[index]?.startsWith(path), `'${String(shown[index])}' is not of '${path}'`);
      assert.ok(shown[index]?.includes(what), `'${String(shown[index])}' does not say '${what}'`);
      assert.is(findings[index]?.isNote ?? false, isNote);
    }
    assert.equal(made.listing(), before, 'looking has changed something');

    await repairDamage(made.store);
    assertNothingLost(before, made.listing());
    const still = (await findDamage(made.store)).map((each) =>
      each.path.slice(made.dir.length + 1),
    );
    const expected = isNote ? found.map(([path]) => path) : left;
    assert.is(still.length, expected.length, still.join('\n'));
    for (const [index, path] of expected.entries()) assert.ok(still[index]?.startsWith(path));
  });
}

/** What any file said before, some file says after; but for files that were never finished. */
function assertNothingLost(before: Record<string, string>, after: Record<string, string>): void {
  const all = Object.values(after).join('\0');
  for (const [file, text] of Object.entries(before)) {
    if (file.endsWith('.new')) continue;
    for (const line of text.split('\n'))
      assert.ok(all.includes(line), `lost of '${file}': ${line}`);
  }
}

test('each check has damage that it finds here', () => {
  // What is mounted below the trash needs a mount: test/damage.test.ts has it.
  const tested = [...damages.map(({check}) => check), 'nothing is mounted below the trash'];
  assert.equal([...new Set(tested)].sort(), [...new Set(checkNames())].sort());
});

test('does not tell what another source has, where it is asked for one', async (t) => {
  const made = new MadeStore(t);
  healthy(made);
  made.write(`${s}/cached/rubbish`);
  assert.equal(await findDamage(made.store, 'p'), []);
  assert.is((await findDamage(made.store, 's')).length, 1);
});

test('waits for no pipe that stands where a file should be', async (t) => {
  t.needs('mkfifo');
  const made = new MadeStore(t);
  healthy(made);
  for (const file of [
    'id',
    `${s}/origin`,
    `${s}/log`,
    `${s}/instances/s-1/lease`,
    `${s}/instances/s-0/uses`,
  ]) {
    rmSync(`${made.dir}/${file}`, {force: true});
    await t.run('mkfifo', [`${made.dir}/${file}`]);
  }
  const paths = (await findDamage(made.store)).map(({path}) => path.slice(made.dir.length + 1));
  assert.ok(paths.includes('id'));
  unlinkSync(`${made.dir}/id`);
  await repairDamage(made.store);
  assert.equal(await findDamage(made.store), []);
});
