// Large files of instances whose trees are on this machine: no pipe and no tar has their bytes, and the instance, which is
// not trusted, has no way to lead a copy out of its tree.

import fs from 'node:fs';
import * as assert from 'uvu/assert';
import {until} from '../../helpers/held.js';
import {makeGolden} from '../../helpers/golden.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../source/contract/kinds.js';

const test = suite('large files of a tree here');

const mebibyte = 1_048_576;

/** A tar that notes how much of what it is to unpack comes, and cannot pack. */
const tar = `#!/bin/sh
case $1 in
  -x) busybox tee /stream | busybox tar "$@" ;;
  --version) echo busybox ;;
  *) echo 'tar was called' >&2; exit 2 ;;
esac
`;

function withTar({name, ...kind}: Kind): Kind {
  const before = async (t: Sandbox): Promise<void> => {
    if (name.includes('schroot')) await kind.before?.(t);
    else makeGolden(t, `${t.dir}/golden`);
    fs.rmSync(`${t.dir}/golden/bin/tar`);
    t.write('golden/bin/tar', tar, 0o755);
  };
  return {...kind, name, before};
}

const seen = kinds.filter(({name}) => /^(pool over )?(chroot|schroot|lxc)$/.test(name));

const run = (t: Sandbox, name: string, code: string): Promise<Result> =>
  t.run('crcache', ['run', name, 'sh', '-c', code]);

/** An instance of the kind that is there in any case for root, and what there is to copy. */
async function enter(t: Sandbox, kind = seen.find(({name}) => name === 'chroot')): Promise<string> {
  if (kind === undefined) throw new Error('there are no chroots');
  if (!canBeTested(kind)) t.skip(`${kind.name} cannot be tried here`);
  const name = await acquireKind(t, withTar(kind));
  t.write('tree/file', 'a'.repeat(3 * mebibyte));
  t.write('tree/small', 'small');
  return name;
}

for (const kind of seen) {
  test(`go in and out without tar: ${kind.name}`, {timeLimitMs: 120_000}, async (t) => {
    const name = await enter(t, kind);
    const code = `set -e; chmod 640 tree/file; chmod 755 tree; touch -d @1000000 tree/file
      crcache cp tree ${name}:/tmp/new; crcache cp ${name}:/tmp/new back
      diff -r tree back; stat -c '%a' back; stat -c '%a %Y' back/file; crcache cp ${name}:/tmp/new/file ${name}:/tmp/other
      crcache cp ${name}:/tmp/other one; cmp one tree/file; crcache cp tree/file ${name}:/tmp/other
      crcache run ${name} ls -A /tmp /tmp/new`;
    const {stdout, stderr} = await t.run('sh', ['-c', code]);
    assert.is(stderr, '');
    const listed = '/tmp:\nnew\nother\n\n/tmp/new:\nfile\nsmall\n';
    assert.is(stdout, `755\n640 1000000\n${listed}`);
    const size = (await run(t, name, 'stat -c %s /stream')).stdout;
    assert.ok(Number(size) < 65_536, `${size} bytes were sent`);
  });
}

test('are the instance’s own behind a symlink', {timeLimitMs: 60_000}, async (t) => {
  const name = await enter(t);
  t.write('secret/file', 's'.repeat(2 * mebibyte));
  const code = `mkdir -p ${t.dir}/secret; yes own | head -c ${String(2 * mebibyte)} >${t.dir}/secret/file
    ln -s ${t.dir}/secret /way; ln -s ${t.dir}/secret/file /file; cp /bin/busybox /bin/tar`;
  assert.is((await run(t, name, `${code}; mv /bin/tar /tar; cp /bin/busybox /bin/tar`)).stderr, '');
  for (const [source, file] of [
    ['/way/file', 'out'],
    ['/way/', 'there/file'],
  ] as const) {
    const {stderr} = await t.crcache(['cp', `${name}:${source}`, file.replace('/file', '')]);
    assert.is(stderr, '');
    assert.match(fs.readFileSync(`${t.dir}/${file}`, 'utf8'), /^own\n/);
  }
  await t.crcache(['cp', `${name}:/file`, 'link']);
  assert.ok(fs.lstatSync(`${t.dir}/link`).isSymbolicLink());
  assert.is((await t.crcache(['cp', 'tree', `${name}:/way/`])).stderr, '');
  assert.equal(fs.readdirSync(`${t.dir}/secret`), ['file']);
});

test(
  'stay the instance’s own while it puts symlinks in their way',
  {timeLimitMs: 120_000},
  async (t) => {
    const name = await enter(t);
    t.write('secret/file', 's'.repeat(2 * mebibyte));
    const flipping = `cp /bin/busybox /bin/tar.new && mv /bin/tar.new /bin/tar
    mkdir -p /x/real ${t.dir}/secret; yes own | head -c ${String(2 * mebibyte)} >/x/real/file
    ln -s ${t.dir}/secret /x/link; cp /x/real/file ${t.dir}/secret/; echo >/ready
    while [ -e /ready ]; do mv -T /x/real /x/way; mv -T /x/way /x/real; mv -T /x/link /x/way; mv -T /x/way /x/link; done`;
    const flips = run(t, name, flipping);
    await until(() => fs.existsSync(`${t.dir}/out`) || ready(t, name), 'it flips');
    for (let index = 0; index < 30; index++) {
      await t.crcache(['cp', `${name}:/x/way/file`, 'out']);
      await t.crcache(['cp', 'tree/file', `${name}:/x/way/in`]);
      const text = fs.existsSync(`${t.dir}/out`)
        ? fs.readFileSync(`${t.dir}/out`, 'utf8')
        : 'own\n';
      assert.is(text.slice(0, 4), 'own\n');
      assert.equal(fs.readdirSync(`${t.dir}/secret`), ['file']);
    }
    await run(t, name, 'rm /ready');
    await flips;
  },
);

const ready = (t: Sandbox, name: string): boolean => fs.existsSync(`${treeOf(t, name)}/ready`);

/** What is written in it, as this machine has it. */
function treeOf(t: Sandbox, name: string): string {
  const handle = fs.readFileSync(`${t.dir}/state/sources/tree/instances/${name}/handle`, 'utf8');
  const path = /path[=: ]\s*(.*)/.exec(handle)?.[1] ?? '';
  const [pid] = fs.readFileSync(`${path}/holder`, 'utf8').split(' ');
  return `/proc/${String(pid)}/root${path}/root`;
}

test(
  'that change as they are read are an error, and nothing arrives',
  {timeLimitMs: 60_000},
  async (t) => {
    const name = await enter(t);
    const grow = `head -c ${String(64 * mebibyte)} /dev/zero >FILE; echo >READY; while [ -e READY ]; do echo more >>FILE; done`;
    const at = (file: string, isReady: string): string =>
      grow.replaceAll('FILE', file).replaceAll('READY', isReady);
    const inside = run(t, name, at('/grows', '/ready'));
    const here = t.run('sh', ['-c', at('grows', 'ready')]);
    await until(() => ready(t, name) && fs.existsSync(`${t.dir}/ready`), 'both grow');
    const out = await t.crcache(['cp', `${name}:/grows`, 'out']);
    assert.is(out.stderr, "crcache: cannot copy '/grows': 'grows' changed as it was read\n");
    const into = await t.crcache(['cp', 'grows', `${name}:/tmp/in`]);
    assert.is(into.stderr, "crcache: cannot copy 'grows': 'grows' changed as it was read\n");
    assert.equal([out.status, into.status], [1, 1]);
    fs.rmSync(`${t.dir}/ready`);
    await run(t, name, 'rm /ready');
    await Promise.all([inside, here]);
    assert.is((await run(t, name, 'ls -A /tmp')).stdout, '');
    assert.equal(
      fs.readdirSync(t.dir).filter((each) => /^out|crcache-.*part/.test(each)),
      [],
    );
  },
);

test('that do not fit are one error, and nothing stays', {timeLimitMs: 60_000}, async (t) => {
  const name = await enter(t);
  const {status} = await run(t, name, 'mkdir /disk && mount -t tmpfs -o size=2m tmpfs /disk');
  if (status !== 0) t.skip('may not mount');
  const {stderr, status: copied} = await t.crcache(['cp', 'tree', `${name}:/disk/`]);
  assert.is(copied, 1);
  assert.is(
    stderr,
    "crcache: cannot copy 'tree': 'tree/file' cannot be written: no space left on device\n",
  );
  assert.is((await run(t, name, 'ls -A /disk')).stdout, '');
});

test(
  'leave nothing where the client is killed in one of them',
  {timeLimitMs: 60_000},
  async (t) => {
    const name = await enter(t);
    const pack = `head -c ${String(256 * mebibyte)} /dev/zero >large; tar -cf stream large`;
    assert.is((await t.run('sh', ['-c', pack])).stderr, '');
    const place = `${treeOf(t, name)}/tmp`;
    let client = 0;
    const copy = t.run('sh', ['-c', `exec crcache cp - ${name}:/tmp/ <stream`], {
      onStart: ({pid}) => (client = pid ?? 0),
    });
    // In a shell of its own, which sees it within a millisecond.
    const watch = `until [ -s ${place}/.crcache-*.part/tree/.crcache-*.large/1 ]; do :; done; kill -9 ${String(client)}`;
    await t.run('sh', ['-c', watch]);
    await copy;
    await until(() => fs.readdirSync(place).length === 0, 'what came has gone');
  },
);

test(
  'are told of as they come, and have no holes made of them',
  {timeLimitMs: 60_000},
  async (t) => {
    t.needs('script');
    const name = await enter(t);
    const copy = `head -c 512M /dev/zero >large; script -qec 'crcache cp large ${name}:/tmp/' /dev/null`;
    const {stdout} = await t.run('sh', ['-c', copy]);
    assert.match(stdout, /\r\u001b\[K[0-9.]+ MiB(, | of 512 MiB, )[0-9.]+ [MG]iB\/s.*\r\u001b\[K$/);
    const holes = `truncate -s 8M holes; crcache cp holes ${name}:/tmp/; crcache run ${name} stat -c %s /tmp/holes`;
    assert.is((await t.run('sh', ['-c', holes])).stdout, `${String(8 * mebibyte)}\n`);
  },
);
