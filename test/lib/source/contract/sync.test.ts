// sync makes a directory of every kind of instance like another, and back: the same with rsync and without it.

import {readFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {findProgram} from '../../../helpers/programs.js';
import {pathWithout} from '../../../helpers/path-without.js';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {suite} from '../../../helpers/suite.js';
import {acquireKind, kinds} from './kinds.js';

const test = suite('sync');

/** What can be told of a tree, times included, but for those of symlinks, which few programs set. */
const describe = `describe() { (cd "$1" && find . -printf '%P|%y|%m|%l|' \\( -type l -o -printf '%Ts|' \\) \\( -type f -exec sh -c 'cksum <"$1"' sh {} \\; -o -printf '\\n' \\) | LC_ALL=C sort); }
like() { if diff -a <(describe "$1") <(describe "$2") >&2; then echo like; fi; }`;

const scenario = `set -e
mkdir -p d/sub/empty 'd/with blank' d/gone; echo 1 >d/a; echo 22 >d/sub/b; ln -s a d/link; echo x >d/gone/x
printf 3 >"$(printf 'd/\\377')"; printf 4 >'d/new
line'; echo 5 >d/-dash; chmod 750 d/sub; chmod 600 d/a; mkfifo d/fifo
find d -exec touch -h -d '2001-02-03 04:05:06' {} +
at=$(crcache run $name sh -c 'mktemp -d')
echo '- all, and nothing the second time'
crcache sync d $name:$at/d 2>&1; crcache sync d $name:$at/d 2>&1
crcache sync $name:$at/d back 2>&1; like d back
echo '- what differs'
echo changed >d/a; touch -r d/link d/sub; chmod 700 d/sub; rm -r d/gone; ln -sf b d/link; rm d/sub/b; mkdir d/sub/b; echo 6 >d/sub/b/c
crcache -v sync --dry-run d $name:$at/d 2>&1
crcache sync d $name:$at/d 2>&1; crcache run $name ls $at/d/gone
crcache sync --delete d $name:$at/d 2>&1
rm -r back; crcache sync $name:$at/d back 2>&1; like d back
echo '- what only its content tells'
echo 5 >back/a; echo CHANGED >d/a; touch -r back/a d/a
crcache sync --exclude a d $name:$at/d 2>&1; crcache sync --checksum d $name:$at/d 2>&1
crcache run $name cat $at/d/a; crcache -v sync -c --exclude 'sub' $name:$at/d back 2>&1; like d back
echo '- what is in the way'
rm -r d/sub; echo 7 >d/sub; touch -d '2001-02-03 04:05:07' d; if crcache sync d $name:$at/d 2>&1; then echo 'not refused'; fi
crcache sync --delete d $name:$at/d 2>&1; crcache run $name cat $at/d/sub
echo '- what is left behind'
crcache run $name sh -c "ls -A $at; rm -r $at"`;

const said = `- all, and nothing the second time
crcache: 13 sent, 0 set, 0 removed; 0 the same
crcache: 0 sent, 0 set, 0 removed; 13 the same
crcache: 13 sent, 0 set, 0 removed; 0 the same
like
- what differs
remove sub/b
send a
send link
send sub/b
send sub/b/c
set .
set sub
crcache: 4 would be sent, 2 set, 1 removed; 6 the same
crcache: 4 sent, 2 set, 1 removed; 6 the same
x
crcache: 0 sent, 0 set, 1 removed; 12 the same
crcache: 12 sent, 0 set, 0 removed; 0 the same
like
- what only its content tells
crcache: 0 sent, 0 set, 0 removed; 11 the same
crcache: 1 sent, 0 set, 0 removed; 11 the same
CHANGED
send a
crcache: 1 sent, 0 set, 0 removed; 7 the same
like
- what is in the way
crcache: 0 sent, 1 set, 0 removed; 7 the same
crcache: cannot overwrite directory 'sub' with something else
hint: with --delete it goes
crcache: 1 sent, 0 set, 1 removed; 8 the same
7
- what is left behind
d
`;

/** Kinds whose tools and ways in differ. */
const kindsOfTools = ['sim', 'chroot', 'ssh'];

for (const kind of kinds.filter(({name}) => kindsOfTools.includes(name))) {
  test(`is the same with rsync and without it: ${kind.name}`, {timeLimitMs: 120_000}, async (t) => {
    const name = await acquireKind(t, kind);
    assert.is(await run(t, name, pathWithout(t, 'rsync')), said);
    const rsync = findProgram('rsync');
    if (rsync === undefined) return;
    await t.run('rm', ['-rf', 'd', 'back']);
    t.write('bin/rsync', `#!/bin/sh\necho "$1" >>${t.dir}/log\nexec ${rsync} "$@"\n`, 0o755);
    assert.is(await run(t, name, `${t.dir}/bin:${String(t.env['PATH'])}`), said);
    if (kind.name === 'sim') assert.match(readFileSync(`${t.dir}/log`, 'utf8'), /^-s$/m);
  });
}

async function run(t: Sandbox, name: string, path: string): Promise<string> {
  const code = `name=${name}\n${describe}\n${scenario}`;
  const {stdout, stderr, status} = await t.run('bash', ['-c', code], {env: {...t.env, PATH: path}});
  assert.is(`${stderr}status ${String(status)}`, 'status 0', stdout);
  return stdout;
}
