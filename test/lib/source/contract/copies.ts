// Files go into an instance and come out of it as they are.

import * as assert from 'uvu/assert';
import type {Sandbox} from '../../../helpers/sandbox.js';
import type {There} from './there.js';

/** Makes a tree with all that a tree of files may hold. */
export const tree = `
mkdir -p tree/sub/empty tree/.hidden tree/sticky
echo text >tree/file; printf '#!/bin/sh\\n' >tree/program; chmod 755 tree/program
chmod 600 tree/file; chmod 1777 tree/sticky; chmod 750 tree/sub
ln -s file tree/link; ln -s /nowhere tree/dangling; ln tree/file tree/hard
printf 1 >'tree/with blank'; printf 2 >'tree/with
newline'; printf 3 >"$(printf 'tree/\\377\\376')"; printf 4 >tree/-dash; printf 5 >'tree/a\\b*?'
long=$(printf '%0200d' 0); mkdir -p "tree/$long/$long"; printf 6 >"tree/$long/$long/$long"
truncate -s 5M tree/sparse; printf end >>tree/sparse
mkfifo tree/fifo
find tree -exec touch -h -d '2001-02-03 04:05:06' {} +`;

/** What can be told of a tree, but for its own name; `$times`: for what, beside files, the time is told. */
const describe = `describe() { (cd "$1" && find . -printf '%P|%y|%m|%l|%n|' \\( -type f -printf '%Ts|' -exec sh -c 'cksum <"$1"' sh {} \\; -o $times -printf '%Ts\\n' -o -printf '\\n' \\) | LC_ALL=C sort -z | LC_ALL=C sort); }`;

/** Runs bash code, which must succeed, with $name for an instance; the value is what it says. */
export async function script(t: Sandbox, name: string, code: string): Promise<string> {
  const {stdout, stderr, status} = await t.run('bash', [
    '-c',
    `set -e; name=${name} times=-true\n${describe}\n${code}`,
  ]);
  if (status !== 0) throw new Error(`status ${String(status)}: ${stderr}${stdout}`);
  return stdout + stderr;
}

/** Kinds whose tools differ: what becomes of a name is decided in an instance's sh, by some 45 commands. */
const withOtherTools = ['sim', 'docker'];

/** These call many commands, and a kind's tool may be slow to start. */
const many = {timeLimitMs: 120_000};

export function describeCopies(there: There): void {
  const {test, kind} = there;

  test('cp brings a tree in and out as it is', many, async (t) => {
    const name = await there.enter(t);
    const hasSimpleTar = kind.manners?.hasSimpleTar === true;
    const code = `${tree}
      times=${hasSimpleTar ? '-false' : '-true'}
      at=$(crcache cp tree $name:)
      crcache cp $name:$at/tree out
      diff <(describe tree) <(describe out) && echo same
      [ "$(stat -c %b tree/sparse)" -ge "$(stat -c %b out/sparse)" ] && echo sparse
      crcache run $name stat -c %a "$at"
      crcache cp $name:$at/tree/. $name:$at/again && crcache cp $name:$at/again third
      diff <(describe tree) <(describe third) && echo same
      crcache cp $name:$at/tree - | tar t | grep -c . >count; [ "$(cat count)" = "$(find tree | tr -d '\\n' >all; find tree -printf x | wc -c)" ] && echo all
      tar c tree | crcache cp - $name:$at/from-tar && crcache run $name test -e "$at/from-tar/tree/file" && echo untarred`;
    const said = [
      'same',
      ...(hasSimpleTar ? [] : ['sparse']),
      '700',
      'same',
      'all',
      'untarred',
      '',
    ];
    assert.is(await script(t, name, code), said.join('\n'));
  });

  test('cp removes the directory that it made when the instance is released', many, async (t) => {
    const name = await there.acquireAnother(t);
    const code = `echo 1 >f; one=$(crcache cp f $name:); two=$(crcache cp f $name:); [ "$one" != "$two" ]
      crcache run $name cat "$one/f" "$two/f"; crcache release $name
      crcache acquire -s ${kind.source} >again; crcache run "$(cat again)" sh -c 'ls -d "$@" 2>/dev/null || echo gone' sh "$one" "$two"
      crcache release "$(cat again)"`;
    assert.is(await script(t, name, code), '1\n1\ngone\n');
  });

  if (!withOtherTools.includes(kind.name)) return;

  test('cp follows its rules', many, async (t) => {
    const name = await there.enter(t);
    const code = `
      mkdir -p d/sub e; echo 1 >d/a; echo 2 >d/sub/b; echo 3 >f; ln -s a d/l
      at=$(crcache cp f $name:); in="crcache run $name"
      in_it() { crcache run $name sh -c "cd $at && $1"; }
      refused() { if "$@" 2>said; then echo 'not refused'; else sed "s,$at,AT,g" said; fi; }
      crcache cp f $name:$at/g && in_it 'cat g'
      crcache cp d $name:$at/new/ && in_it 'ls new'
      crcache cp d $name:$at/new && in_it 'ls new/d'
      crcache cp d/. $name:$at/new && in_it 'ls new'
      crcache cp f d/a $name:$at/new && in_it 'ls new'
      echo 4 >d/a; crcache cp d/a $name:$at/g && in_it 'cat g'
      refused crcache cp f d/a $name:$at/g
      refused crcache cp f $name:$at/absent/
      refused crcache cp f $name:$at/absent/g
      refused crcache cp d $name:$at/g
      in_it 'mkdir new/f.d; rm new/f; mkdir new/f'
      refused crcache cp f $name:$at/new
      refused crcache cp nothing $name:$at
      refused crcache cp $name:$at/nothing .
      refused crcache cp f d/../f $name:$at
      refused crcache cp f d
      in_it 'echo 5 >outside; ln -s outside pointer'; crcache cp f $name:$at/pointer; in_it 'cat outside pointer'
      crcache cp -L d/l $name:$at/followed; in_it 'cat followed; test ! -L followed'
      crcache cp --exclude 'sub' --exclude '*.o' d $name:$at/x; in_it 'ls x'; crcache cp --exclude a $name:$at/x y; ls y
      in_it 'ls -A | grep '^.crcache' || :'; ls -A | grep '^.crcache' || :`;
    const lines = [
      '3',
      'a',
      'l',
      'sub',
      'a',
      'l',
      'sub',
      'a',
      'd',
      'l',
      'sub',
      'a',
      'd',
      'f',
      'l',
      'sub',
      '4',
      "crcache: cannot copy to 'AT/g': 'AT/g' is no directory",
      "crcache: cannot copy to 'AT/absent/': 'AT/absent' is no directory",
      "crcache: cannot copy to 'AT/absent/g': there is no directory 'AT/absent'",
      "crcache: cannot copy to 'AT/g': cannot overwrite 'AT/g', which is no directory, with a directory",
      "crcache: cannot copy to 'AT/new': cannot overwrite directory 'AT/new/f' with something else",
      "crcache: cannot copy 'nothing': there is no 'nothing'",
      "crcache: cannot copy 'AT/nothing': there is no 'AT/nothing'",
      "crcache: two sources would arrive as 'f'",
      'crcache: neither side is in an instance',
      'hint: an instance is named as in NAME:PATH',
      '5',
      '3',
      '4',
      'a',
      'l',
      'l',
    ];
    assert.is(await script(t, name, code), `${lines.join('\n')}\n`);
  });
}
