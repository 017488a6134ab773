// What sync leaves alone, and which directory it means.

import * as assert from 'uvu/assert';
import {acquireKind} from '../lib/source/contract/kinds.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('crcache sync');

/** What a script prints, with the instance as $name and a directory of it as $at. */
async function script(t: Sandbox, code: string): Promise<string> {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const prelude = `exec 2>&1; name=${name}; at=$(crcache run $name mktemp -d)\n`;
  const {stdout} = await t.run('sh', ['-c', `${prelude}${code}`]);
  return stdout;
}

test('takes a directory that is called - for what it is', async (t) => {
  const code = `crcache run $name sh -c 'mkdir ./- ./-x; cd ./-; echo old >gone; echo old >a'
    mkdir from; echo new >from/a; echo mine >gone
    crcache -q sync -c --delete from $name:-; crcache run $name sh -c 'cd ./-; ls; cat a'
    crcache -q sync from $name:-x; crcache -q sync $name:-x ./-; ls ./- gone`;
  assert.is(await script(t, code), 'a\nnew\ngone\n\n./-:\na\n');
});

test('leaves excluded files where they are, and what holds them', async (t) => {
  const code = `mkdir -p from to/old/deep to/sub; touch to/old/x.o to/old/y to/old/deep/z to/sub/x.o; echo 1 >from/sub; mkdir a
    touch -d @1 from a
    crcache -q sync to $name:$at/to
    echo '- to be removed'
    crcache run $name sh -c "mkdir $at/to/gone; touch $at/to/gone/.crcache-x.part"
    crcache -v sync --delete --exclude '*.o' a $name:$at/to
    crcache run $name sh -c "cd $at/to; find . | sort"
    echo '- in the way'
    crcache sync --exclude '*.o' from $name:$at/to; crcache sync --delete --exclude '*.o' from $name:$at/to
    crcache run $name ls $at/to/sub
    crcache -q sync --delete from $name:$at/to; crcache run $name sh -c "cd $at/to; find . | sort"`;
  assert.is(
    await script(t, code),
    `- to be removed
set .
remove gone
remove old/deep
remove old/y
keep old
keep sub
crcache: 0 sent, 1 set, 3 removed; 0 the same
.
./old
./old/x.o
./sub
./sub/x.o
- in the way
crcache: 0 sent, 0 set, 0 removed; 1 the same
crcache: cannot overwrite directory 'sub' with something else
hint: it holds files that are excluded
crcache: 0 sent, 0 set, 0 removed; 1 the same
crcache: cannot overwrite directory 'sub' with something else
hint: it holds files that are excluded
x.o
.
./sub
`,
  );
});

test('leaves holes in files, also by rsync', async (t) => {
  t.needs('rsync');
  const code = `mkdir from; truncate -s 50M from/hole; echo end >>from/hole; crcache run $name mkdir $at/to
    crcache -q sync from $name:$at/to; crcache run $name stat -c %b $at/to/hole`;
  assert.ok(Number(await script(t, code)) < 1000);
});
