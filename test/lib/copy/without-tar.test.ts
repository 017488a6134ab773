// Where there is no tar, on this machine or in an instance, files are moved by sh, cat and what else there is.

import {existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {pathWithout} from '../../helpers/path-without.js';
import {findProgram} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('without tar');

/** An instance whose commands find their programs there. */
async function instanceWith(t: Sandbox, path: string): Promise<string> {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  writeFileSync(run, readFileSync(run, 'utf8').replace('\n', `\nPATH=${path}\n`));
  return name;
}

const tree = `set -e
mkdir -p tree/sub/empty; echo text >tree/file; chmod 600 tree/file; chmod 500 tree/sub/empty
ln -s file tree/link; ln -s /nowhere tree/dangling; mkfifo tree/fifo; : >tree/nothing
printf 2 >'tree/with
newline'; printf 3 >"$(printf 'tree/\\377\\376')"; printf 4 >tree/-dash; chmod 755 tree/-dash
head -c 300000 /dev/urandom >tree/large
find tree -exec touch -h -d '2001-02-03 04:05:06' {} +
describe() { (cd "$1" && find . -printf '%P|%y|%m|%l|' \\( -type l -o -printf '%Ts|' \\) \\( -type f -exec sh -c 'cksum <"$1"' sh {} \\; -o -printf '\\n' \\) | LC_ALL=C sort); }
like() { if diff <(describe "$1") <(describe "$2") >&2; then echo like; fi; }
`;

const roundTrip = `
at=$(crcache cp tree $name:); crcache cp $name:$at/tree out; like tree out
crcache cp tree/file $name:$at/file; crcache cp $name:$at/file two; cmp two tree/file
crcache cp tree/. $name:$at/new; crcache cp -L $name:$at/new/link three; cmp three tree/file
crcache pack-files tree | crcache unpack-files four; like tree four/tree
crcache cp $name:$at/new - | tar x -C "$(mkdir five; echo five)"; like tree five/new
tar c -C tree . | crcache cp - $name:$at/six; crcache -q sync $name:$at/six six; like tree six
echo new >tree/file; crcache sync tree $name:$at/six 2>&1; crcache sync $name:$at/six six 2>&1; like tree six
if crcache cp tree/nothing-there $name:$at 2>&1; then echo found; fi
crcache cp tree $name:$at/file 2>&1 | grep -c 'cannot overwrite'
crcache run $name find "$at" -name '.crcache*'; find . -name '.crcache-*.part'
`;

const said = `like
like
like
like
crcache: 1 sent, 0 set, 0 removed; 11 the same
crcache: 1 sent, 0 set, 0 removed; 11 the same
like
crcache: cannot copy 'tree/nothing-there': there is no 'tree/nothing-there'
1
`;

for (const {where, here, there} of [
  {where: 'this machine', here: true, there: false},
  {where: 'the instance', here: false, there: true},
]) {
  test(`a tree comes in and out as it is: none on ${where}`, {timeLimitMs: 120_000}, async (t) => {
    const all = t.env['PATH'] ?? '';
    const none = pathWithout(t, 'tar', 'rsync');
    const name = await instanceWith(t, there ? none : all);
    const tar = findProgram('tar') ?? '';
    const code = `name=${name}; ${tree}${roundTrip.replace('| tar x', `| ${tar} x`).replace('tar c', `${tar} c`)}`;
    const env = {...t.env, PATH: here ? none : all};
    const {stdout, stderr} = await t.run('bash', ['-c', code], {env});
    assert.is(stderr, '');
    assert.is(stdout, said);
  });
}

test('sh and cat alone take a file in, and give one out', async (t) => {
  mkdirSync(`${t.dir}/bare`);
  for (const each of ['sh', 'cat']) symlinkSync(findProgram(each) ?? '', `${t.dir}/bare/${each}`);
  const name = await instanceWith(t, `${t.dir}/bare`);
  const code = `mkdir in; head -c 100000 /dev/urandom >a; echo b >b; mkdir d
    crcache cp a ${name}:$PWD/in/a && crcache cp a b ${name}:$PWD/in/ && crcache cp ${name}:$PWD/in/a out && cmp a in/a && cmp a out && cmp b in/b
    crcache cp ${name}:$PWD/in all && ls all; crcache cp d ${name}:$PWD/in/; ls -A in`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stdout, 'a\nb\na\nb\n');
  assert.match(stderr, /^crcache: cannot copy to '.*\/in\/': .*mkdir.*not found\n$/);
  assert.not(existsSync(`${t.dir}/in/d`));
});
