// A few files that are put into a tree here without a program in the instance: as one there would have done it, whatever
// the instance, which is not trusted, does meanwhile.

import fs from 'node:fs';
import * as assert from 'uvu/assert';
import {until} from '../../helpers/held.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind, canBeTested, kinds} from '../source/contract/kinds.js';

const test = suite('a few files for a tree here');

const mebibyte = 1_048_576;
const long = {timeLimitMs: 120_000};

/** A chroot, large files to copy, and a note of each program that is led into it. */
async function enter(t: Sandbox): Promise<string> {
  const kind = kinds.find(({name}) => name === 'chroot');
  if (kind === undefined || !canBeTested(kind)) t.skip('chroots cannot be tried here');
  const name = await acquireKind(t, kind);
  const run = `${instanceOf(t, name)}/run`;
  const noting = `\necho "$*" >>${t.dir}/led\n`;
  fs.writeFileSync(run, fs.readFileSync(run, 'utf8').replace('\n', noting));
  for (const each of ['d/sub/deep', 'd/empty']) fs.mkdirSync(`${t.dir}/${each}`, {recursive: true});
  t.write('file', 'f'.repeat(2 * mebibyte));
  t.write('small', 's');
  t.write('little', 'l');
  t.write('d/file', 'd'.repeat(mebibyte));
  t.write('d/sub/deep/file', 'e'.repeat(mebibyte));
  const looks = `chmod 4640 small; chmod 640 file; chmod 700 d/sub; chmod 1777 d/empty; chmod 555 d/sub/deep
    printf odd >"$(printf 'd/\\377 \\nodd')"; find file d -exec touch -h -d '2001-02-03 04:05:06' {} +
    touch -d '1961-02-03 04:05:06' little d/file`;
  assert.is((await t.run('sh', ['-c', looks])).stderr, '');
  return name;
}

const instanceOf = (t: Sandbox, name: string): string =>
  `${t.dir}/state/sources/tree/instances/${name}`;

/** How many programs have been led into it since this was asked. */
function ledInto(t: Sandbox): number {
  const lines = fs.existsSync(`${t.dir}/led`) ? fs.readFileSync(`${t.dir}/led`, 'utf8') : '';
  fs.rmSync(`${t.dir}/led`, {force: true});
  return lines.split('crcache-cp').length - 1;
}

const run = (t: Sandbox, name: string, code: string): Promise<Result> =>
  t.run('crcache', ['run', name, 'sh', '-c', code]);

/** What is written in it, as this machine has it. */
function treeOf(t: Sandbox, name: string): string {
  const handle = fs.readFileSync(`${instanceOf(t, name)}/handle`, 'utf8');
  const path = /path[=: ]\s*(.*)/.exec(handle)?.[1] ?? '';
  const [pid] = fs.readFileSync(`${path}/holder`, 'utf8').split(' ');
  return `/proc/${String(pid)}/root${path}/root`;
}

async function listed(t: Sandbox, directory: string): Promise<string> {
  const looks = `cd ${directory} && find . -mindepth 1 \\( -type f -printf '%P %y %m %U:%G %s %TY%Tm%Td%TH%TM%.2TS\\n' -o -type d ! -name here -printf '%P %y %m %U:%G\\n' -o -printf '%P %y %l\\n' \\) | LC_ALL=C sort`;
  const {stdout, stderr} = await t.run('sh', ['-c', looks]);
  assert.is(stderr, '');
  return stdout;
}

interface Case {
  /** Words for cp; AT is a directory of the instance. */
  readonly cp: string;
  /** What is done there before, in AT. */
  readonly before?: string;
  /** The caller's, unless it is the usual one. */
  readonly umask?: string;
  /** It is for a program there. */
  readonly isUnusual?: boolean;
}

const cases: readonly Case[] = [
  {cp: 'file N:AT/new'},
  {cp: 'little N:AT/new'},
  {cp: 'file N:AT'},
  {cp: 'file N:AT/'},
  {cp: 'file N:AT/.'},
  {cp: 'file N:AT/old', before: 'echo old >old; chmod 600 old'},
  {cp: 'file N:AT/hard', before: 'echo old >old; ln old hard'},
  {cp: 'file N:AT/new/', isUnusual: true},
  {cp: 'file N:AT/none/new', isUnusual: true},
  {cp: 'file N:AT/old/', before: 'echo old >old', isUnusual: true},
  {cp: 'file N:AT/old', before: 'echo old >real; ln -s real old', isUnusual: true},
  {cp: 'file N:AT/old', before: 'ln -s nowhere old', isUnusual: true},
  {cp: 'file N:AT/old', before: 'mkdir real; ln -s real old', isUnusual: true},
  {cp: 'file N:AT/old', before: 'mkfifo old', isUnusual: true},
  {cp: 'file N:AT', before: 'mkdir file', isUnusual: true},
  {cp: 'file N:AT', before: 'ln -s nowhere file'},
  {cp: 'file N:AT', before: 'mkfifo file'},
  {cp: 'd N:AT/new'},
  {cp: 'd N:AT/new/'},
  {cp: 'd N:AT/new/.', isUnusual: true},
  {cp: 'd N:AT'},
  {cp: 'd N:AT', before: 'mkdir -m 711 d; echo old >d/file; echo kept >d/kept'},
  {cp: 'd N:AT', before: 'mkdir -m 2775 d d/sub; echo kept >d/sub/kept'},
  {cp: 'd N:AT', before: 'mkdir d; echo old >d/sub', isUnusual: true},
  {cp: 'd N:AT', before: 'mkdir d; ln -s ../real d/sub; mkdir real', isUnusual: true},
  {cp: 'd N:AT/old', before: 'echo old >old', isUnusual: true},
  {cp: 'd/. N:AT/new'},
  {cp: 'd/. N:AT'},
  {cp: 'd/. N:AT/old', before: 'mkdir -m 700 old old/sub'},
  {cp: 'd/. N:AT/old', before: 'echo old >old', isUnusual: true},
  {cp: 'file d N:AT'},
  {cp: 'file d N:AT/new', isUnusual: true},
  {cp: 'file d/. N:AT'},
  {cp: 'd/. file N:AT'},
  {cp: 'd/. d/sub N:AT'},
  {cp: 'd little N:AT', umask: '077'},
  {cp: 'little N:AT/new', umask: '0'},
  {cp: 'file N:AT/../AT/new', isUnusual: true},
  {cp: 'file small N:AT', isUnusual: true},
  {cp: '-p file N:AT', isUnusual: true},
  {cp: '-L file N:AT', isUnusual: true},
  {cp: '--exclude=sub d N:AT', isUnusual: true},
];

test('follow the rules of cp as a program there does', {timeLimitMs: 240_000}, async (t) => {
  const name = await enter(t);
  await run(t, name, 'mkdir -p /x/real; ln -s real /x/way');
  for (const [index, {cp, before = ':', umask = '022', isUnusual = false}] of cases.entries()) {
    const told: string[] = [];
    const led: number[] = [];
    for (const [way, path] of [
      ['seen', `x/real/s${String(index)}`],
      ['by program', `x/way/p${String(index)}`],
    ] as const) {
      const last = path.slice(path.lastIndexOf('/') + 1);
      await run(t, name, `mkdir /${path} && cd /${path} && { ${before}; }`);
      const real = `${treeOf(t, name)}/${path.replace('way', 'real')}`;
      await t.run('find', [real, '-exec', 'touch', '-h', '-d', '@1', '{}', '+']);
      ledInto(t);
      const words = cp.replaceAll('N:AT', `${name}:/${path}`).replace('/AT/', `/${last}/`);
      const {status, stderr} = await t.run('sh', ['-c', `umask ${umask}; crcache cp ${words}`]);
      led.push(ledInto(t));
      const said = stderr.replaceAll(`/${path}`, 'AT').replaceAll(last, 'AT');
      told.push(`${String(status)} ${said}${await listed(t, real)}`);
      if (way === 'by program') assert.is(told[0], told[1], `${cp} after ${before}`);
    }
    assert.is(led[0] === 0, !isUnusual, `${cp} after ${before}: ${String(led[0])} programs`);
  }
});

test('get a directory of their own, which goes at release', long, async (t) => {
  const name = await enter(t);
  const {stdout, stderr} = await t.crcache(['cp', 'file', 'd', `${name}:`]);
  assert.is(stderr, '');
  assert.is(ledInto(t), 0);
  const place = stdout.trim();
  const code = `umask 0; stat -c %a ${place}; ls ${place}; id -u`;
  assert.is((await run(t, name, code)).stdout, '700\nd\nfile\n0\n');
  const tree = treeOf(t, name);
  await t.crcache(['cp', 'nothing', `${name}:`]);
  assert.equal(
    fs.readdirSync(`${tree}/tmp`).map((each) => `/tmp/${each}`),
    [place],
  );
  assert.is((await t.crcache(['release', name])).status, 0);
});

test('get the group that a directory gives', long, async (t) => {
  const name = await enter(t);
  await run(t, name, 'mkdir -m 2770 /x; chgrp 7 /x');
  assert.is((await t.crcache(['cp', 'file', `${name}:/x/`])).stderr, '');
  assert.is((await run(t, name, 'stat -c "%u %g %a" /x/file')).stdout, '0 7 640\n');
});

test('are for a program where something is mounted in their way', long, async (t) => {
  const name = await enter(t);
  const mounts = `mkdir -p /x/d/sub /x/in && echo 1 >/x/file && mount -t tmpfs tmpfs /x/d/sub &&
    echo mounted >/tmp/mounted && mount --bind /tmp/mounted /x/file`;
  if ((await run(t, name, mounts)).status !== 0) t.skip('may not mount');
  ledInto(t);
  const {stderr} = await t.crcache(['cp', 'file', 'd', `${name}:/x/`]);
  assert.is(stderr, '');
  assert.ok(ledInto(t) > 0);
  const code = 'cd /x; stat -c "%n %s" /tmp/mounted d/sub/deep/file; ls -A /x /x/d/sub';
  const names = '/x:\nd\nfile\nin\n\n/x/d/sub:\ndeep\n';
  assert.is(
    (await run(t, name, code)).stdout,
    `/tmp/mounted ${String(2 * mebibyte)}\nd/sub/deep/file ${String(mebibyte)}\n${names}`,
  );
});

test('that are killed have no name, and go with the next copy, or at release', long, async (t) => {
  const name = await enter(t);
  fs.writeFileSync(`${t.dir}/large`, Buffer.alloc(512 * mebibyte, 'a'));
  await run(t, name, 'mkdir /x; ln -s x /way');
  const place = `${treeOf(t, name)}/x`;
  const killed = async (): Promise<void> => {
    let client = 0;
    const copy = t.run('sh', ['-c', `exec crcache cp large ${name}:/x/`], {
      onStart: ({pid}) => (client = pid ?? 0),
    });
    // In a shell of its own, which sees it within a millisecond.
    const watch = `until [ -s ${place}/.crcache-*.part/1 ]; do :; done; kill -9 ${String(client)}`;
    await t.run('sh', ['-c', watch]);
    await copy;
    const names = fs.readdirSync(place);
    assert.ok(names.length === 1 && /^\.crcache-.*\.part$/.test(String(names)), String(names));
  };
  const ways = [`file ${name}:/x/`, `small ${name}:/x/small`, `small ${name}:/way/`];
  for (const words of ways) {
    await killed();
    assert.is(
      (await t.run('sh', ['-c', `crcache cp ${words}`])).stderr.replace(/.*setu?id.*\n/, ''),
      '',
    );
    assert.ok(!fs.readdirSync(place).some((each) => each.startsWith('.crcache')), words);
    await run(t, name, 'rm -f /x/*');
  }
  await killed();
  assert.ok(fs.existsSync(`${instanceOf(t, name)}/coming`));
  await run(t, name, 'mkdir /kept; mv /x/.crcache-* /kept'); // which is not to be found any more
  assert.is((await t.crcache(['release', name])).status, 0);
  assert.not(fs.existsSync(`${instanceOf(t, name)}/coming`));
});

test('leave a living copy’s alone', long, async (t) => {
  const name = await enter(t);
  fs.writeFileSync(`${t.dir}/large`, Buffer.alloc(512 * mebibyte, 'a'));
  await run(t, name, 'mkdir /x');
  const place = `${treeOf(t, name)}/x`;
  let client = 0;
  const copy = t.run('sh', ['-c', `exec crcache cp large ${name}:/x/`], {
    onStart: ({pid}) => (client = pid ?? 0),
  });
  const stop = `until [ -s ${place}/.crcache-*.part/1 ]; do :; done; kill -STOP ${String(client)}`;
  await t.run('sh', ['-c', stop]);
  for (const file of ['file', 'd']) {
    assert.is((await t.crcache(['cp', file, `${name}:/x/`])).stderr, '');
  }
  process.kill(client, 'SIGCONT');
  assert.is((await copy).stderr, '');
  assert.equal(fs.readdirSync(place).sort(), ['d', 'file', 'large']);
});

test('write and remove nothing elsewhere while names are changed', long, async (t) => {
  const name = await enter(t);
  for (const each of ['1', '2', 'file', 'sub/deep/file']) t.write(`secret/${each}`, 'secret');
  const before = await listed(t, `${t.dir}/secret`);
  const secret = `${t.dir}/secret`;
  const flipping = `mkdir -p /x/d /away; echo >/ready; index=0
    while [ -e /ready ]; do
      for each in /x/.crcache-*.part /x/.crcache-*.part/*; do
        [ -d "$each" ] && [ ! -L "$each" ] || continue
        index=$((index + 1)); mv "$each" /away/$index 2>/dev/null && ln -s ${secret} "$each" 2>/dev/null
      done
      mv -T /x/d /away/d 2>/dev/null && ln -s ${secret} /x/d; rm -f /x/d; mv -T /away/d /x/d
    done`;
  const flips = run(t, name, flipping);
  await until(() => fs.existsSync(`${treeOf(t, name)}/ready`), 'it flips');
  for (let index = 0; index < 30; index++) await t.crcache(['cp', 'file', 'd', `${name}:/x/`]);
  assert.is(await listed(t, secret), before);
  await run(t, name, 'rm /ready');
  await flips;
});
