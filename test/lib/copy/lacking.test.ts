// Whatever cannot be copied as it is, is named, and the status is not 0; and what only looks so is copied.

import {readFileSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {findProgram} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('a copy that lacks something');

/** Runs code of bash beside an instance, $name; `fails` shows what a command says, and that its status is 1. */
async function script(t: Sandbox, code: string, path?: string): Promise<string> {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  if (path !== undefined)
    writeFileSync(run, readFileSync(run, 'utf8').replace('\n', `\nPATH=${path}:$PATH\n`));
  const tar = findProgram('tar') ?? '';
  const fails = `fails() { "$@" 2>said && echo 'status 0'; sed "s,$PWD/,,g; s,: ${tar}: ,: ,; s/by [0-9]* bytes/by N bytes/" said; }`;
  const whole = `set -e; name=${name} at=$PWD; ${fails}\n${code}`;
  const {stdout, stderr, status} = await t.run('bash', ['-c', whole]);
  assert.is(`${stderr}${status === 0 ? '' : `status ${String(status)}\n`}`, '');
  return stdout;
}

test('leaves what was there where a file becomes shorter on its way', async (t) => {
  const tar = findProgram('tar') ?? '';
  t.write(
    'bin/tar',
    `#!/bin/bash\n[ "$1" = -c ] || exec ${tar} "$@"
    case "$*" in *cut*) ${tar} "$@" | head -c 1024; exit \${PIPESTATUS[0]} ;; esac
    ${tar} "$@" | { head -c 200000; truncate -s 1000 ${t.dir}/from/big; cat; }; exit \${PIPESTATUS[0]}\n`,
    0o755,
  );
  const code = `fill() { head -c 2000000 /dev/urandom >from/big; }; mkdir from to; echo before >to/big; PATH=$PWD/bin:$PATH
    fill; fails crcache cp from/big $name:$at/to/big; cat to/big
    fill; fails crcache cp from/. $name:$at/to; cat to/big
    fill; fails crcache cp $name:$at/from/big to/big; cat to/big
    echo small >from/small; fill; mv from/big from/cut; fails crcache cp from/small from/cut $name:$at/to; ls to
    fill; crcache pack-files from/big >stream 2>/dev/null || fails sh -c 'crcache unpack-files to <stream'; cat to/big; ls -A to`;
  const shrank = 'big: File shrank by N bytes; padding with zeros';
  const said = await script(t, code, `${t.dir}/bin`);
  assert.equal(said.split('\n'), [
    ...[`crcache: cannot copy 'from/big': ./${shrank}`, 'before'],
    ...[`crcache: cannot copy 'from/.': ./${shrank}`, 'before'],
    ...[`crcache: cannot copy 'from/big': ./${shrank}`, 'before'],
    ...[
      "crcache: cannot copy 'from/small', 'from/cut': the program there ended with status 141",
      'big',
    ],
    ...["crcache: cannot copy '-': 'big' is cut off", 'before', 'big', ''],
  ]);
});

test('makes nothing where there is nothing of what was to be copied', async (t) => {
  const code = `fails crcache cp nothing/. $name:$at/new; fails crcache cp nothing/. none/. $name:$at/new
    fails crcache cp nothing $name:; while read -r made; do ls "$made" 2>&1 || :; done <state/sources/fake/instances/$name/copies
    mkdir there; fails crcache cp nothing there/. $name:; ls -d new 2>&1 || :`;
  const said = await script(t, code);
  assert.equal(said.replaceAll(/crcache-\w+/g, 'crcache-N').split('\n'), [
    "crcache: cannot copy 'nothing/.': there is no 'nothing/.'",
    "crcache: there is no 'none/.'",
    "crcache: cannot copy 'nothing/.', 'none/.': there is no 'nothing/.'",
    "crcache: cannot copy 'nothing': there is no 'nothing'",
    "ls: cannot access '/tmp/crcache-N': No such file or directory",
    "crcache: cannot copy 'nothing', 'there/.': there is no 'nothing'",
    "ls: cannot access 'new': No such file or directory",
    '',
  ]);
});

test('names the one device that was to be copied, and no name that is only there for a moment', async (t) => {
  const code = `fails crcache cp /dev/null $name:$at/new; fails crcache cp $name:/dev/null new; touch a; fails crcache cp a $name:/proc/`;
  const device = "crcache: 'null' is a device and was left out";
  const hint = 'hint: with -p, as root, devices are copied too';
  assert.equal((await script(t, code)).split('\n'), [
    ...[device, "crcache: cannot copy to 'new': 'null' did not arrive", hint],
    ...[device, "crcache: cannot copy to 'new': 'null' did not arrive", hint],
    "crcache: cannot copy to '/proc/': cannot create directory '/proc': No such file or directory",
    '',
  ]);
});

test('fails for sockets and devices that are left out', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('python3', 'mknod', 'busybox');
  t.write('bin/tar', '#!/bin/sh\nexec busybox tar "$@"\n', 0o755);
  const code = `mkdir tree; echo 1 >tree/a; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("tree/so")'
    for how in "$name:$at/tree out" "tree $name:$at/in"; do
      fails crcache cp $how; crcache cp --exclude so $how-whole
    done
    ls out-whole in-whole
    rm tree/so; mknod tree/null c 1 3; fails crcache cp tree $name:$at/null; ls -A null; crcache cp -p tree $name:$at/kept; ls kept`;
  const whole = "crcache: not all of 'tree' was copied";
  const socket = [
    'crcache: ./tree/so: socket ignored',
    whole,
    'hint: sockets are not: leave them out by --exclude',
  ];
  const lines = [...socket, ...socket, 'in-whole:', 'a', '', 'out-whole:', 'a'];
  const device = [
    "crcache: 'tree/null' is a device and was left out",
    whole,
    'hint: with -p, as root, devices are copied too',
  ];
  const said = await script(t, code, `${t.dir}/bin`);
  assert.equal(said.split('\n'), [...lines, ...device, 'a', 'a', 'null', '']);
});

test('is none for files that are longer than they say', async (t) => {
  // What a process was started with changes no more.
  t.env['LONG'] = 'long'.repeat(2_000);
  const code = `file=/proc/$$/environ; cat $file >was; ln -s $file link
    crcache cp $name:$file out; crcache cp $file $name:$at/in; cmp out was && cmp in was && echo whole
    crcache cp -L $name:$at/link followed; cmp followed was && echo followed
    crcache cp $name:/sys/kernel/uevent_seqnum number; grep -c '^[0-9]*$' number; stat -c %s number | grep -c '^[1-9]$'`;
  assert.is(await script(t, code), 'whole\nfollowed\n1\n1\n');
});

test('is none for what a symlink with a slash leads to', async (t) => {
  const code = `mkdir d to; echo 1 >d/a; ln d/a d/b; ln -s d link; ln -s nowhere dangling
    crcache cp link/ $name:$at/to; crcache cp link/ d/a $name:$at/to/; crcache cp $name:$at/link/ out; crcache cp link $name:$at/to/symlink
    ls -F to to/link out; stat -c %h to/link/a
    fails crcache cp dangling/ $name:$at/to; fails crcache cp d/a/ $name:$at/to; fails crcache cp $name:$at/dangling/ to`;
  assert.equal((await script(t, code)).split('\n'), [
    ...['out:', 'a', 'b', '', 'to:', 'a', 'link/', 'symlink@', '', 'to/link:', 'a', 'b', '3'],
    "crcache: cannot copy 'dangling/': there is no 'dangling/'",
    "crcache: cannot copy 'd/a/': there is no 'd/a/'",
    "crcache: cannot copy 'dangling/': there is no 'dangling/'",
    '',
  ]);
});

test('is none for another name of what is left out, where tar does not leave it out', async (t) => {
  t.needs('busybox');
  t.write('bin/tar', '#!/bin/sh\nexec busybox tar "$@"\n', 0o755);
  const code = `mkdir d; echo 1 >d/b; ln d/b d/c; crcache cp --exclude b $name:$at/d out; ls out; cat out/c
    tar c d/b d/c >stream; fails sh -c 'crcache cp --exclude b - $0:$1/d <stream' $name $at/d`;
  const refused = "crcache: cannot copy '-': 'd/c' is a hard link to what is left out\n";
  assert.is(await script(t, code, `${t.dir}/bin`), `c\n1\n${refused}`);
});

test('refuses maps of sparse files that it does not know', async (t) => {
  const code = `truncate -s 1M sparse; echo end >>sparse; mkdir to
    for version in 0.0 0.1; do tar c --format=posix --sparse-version=$version -S sparse >archive; fails sh -c 'crcache unpack-files to <archive'; done
    tar c --format=posix --sparse-version=1.0 -S sparse | crcache unpack-files to; cmp to/sparse sparse && echo same`;
  const refused =
    "crcache: cannot copy '-': 'sparse' is a sparse file in an old form: pack it with --sparse-version=1.0\n";
  assert.is(await script(t, code), `${refused}${refused}same\n`);
});
