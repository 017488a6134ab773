// Directories of this machine are seen in an instance for as long as it is in use, by each way.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync} from 'node:fs';
import type {There} from './there.js';

const change = `cd "$HOME/i" || exit 1
cat rw/file ro/file copy/file rsync/file over/file sub/deeper/sub/file
echo new >rw/file && mkdir rw/made && echo new >rw/made/file || exit 1
echo new >copy/file && echo new >rsync/file && echo new >over/file || exit 1
{ echo new >ro/file; } 2>/dev/null || :`;

export function describeImports(there: There): void {
  const {test, kind} = there;
  const binds = kind.manners?.bindsImports;

  test('imports come and go', {timeLimitMs: 120_000}, async (t) => {
    await there.enter(t);
    for (const each of ['rw', 'ro', 'copy', 'rsync', 'over', 'sub/deeper/sub']) {
      t.write(`here/${each}/file`, `${each}\n`);
    }
    const imports = ['rw:i/rw:rw', 'ro:i/ro', 'copy:i/copy:rw:copy', 'rsync:i/rsync:rw:rsync'];
    imports.push('over:i/over:overlay', 'sub:i/sub');
    const options = imports.flatMap((each) => ['--import', `here/${each}`]);
    const acquired = await t.crcache(['acquire', '-s', kind.source, ...options]);
    assert.is(acquired.status, 0, acquired.stderr);
    const name = acquired.stdout.trim();
    t.atEnd(() => t.crcache(['release', name])); // unless the test has done so
    const seen = await t.crcache(['run', name, 'sh', '-c', change]);
    assert.is(seen.stdout, 'rw\nro\ncopy\nrsync\nover\nsub/deeper/sub\n', seen.stderr);
    assert.is(seen.status, 0, seen.stderr);
    const isAtOnce = existsSync(`${t.dir}/here/rw/made/file`);
    const isBound = kind.differsBy === 'standing' ? binds === 'as it is' : binds !== undefined;
    assert.is(isAtOnce, isBound, 'bound where the type can');
    const released = await t.crcache(['release', name]);
    assert.equal([released.status, released.stderr], [0, '']);
    const read = (path: string): string => readFileSync(`${t.dir}/here/${path}/file`, 'utf8');
    const now = ['rw', 'rw/made', 'copy', 'rsync', 'ro', 'over'].map(read);
    assert.equal(now, ['new\n', 'new\n', 'new\n', 'new\n', 'ro\n', 'over\n']);
    assert.not(existsSync(`${t.env['HOME'] ?? ''}/i`), 'nothing stays');
    // Others, whose tests run at this moment, have theirs.
    const ours = new RegExp(` ${there.ground.dir}/.*/i/(rw|ro|over|sub) `);
    assert.not.match(readFileSync('/proc/mounts', 'utf8'), ours);
  });
}
