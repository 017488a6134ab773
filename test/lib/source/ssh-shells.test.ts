// Hosts behind ssh whose users log in by a shell that is not like sh: each line that is to be run there is read by it first.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {forAnyShell, isLikeSh} from '../../../lib/source/ssh/login-shell.js';
import {configure, discardAtEnd, succeed} from '../../helpers/configured.js';
import {findProgram} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {startSshHosts} from '../../helpers/ssh-hosts.js';
import {suite} from '../../helpers/suite.js';

const test = suite('shells of hosts behind ssh');

/** Takes words between quotes as they are, and reads what else there is in its own way. */
const strict = `#!/bin/sh
case $2 in *\\\\\\\\* | *!*) exit 0 ;; esac
case $(printf %s "$2" | sed "s/'[^']*'/q/g") in *[![:blank:]a-z-]*) exit 0 ;; esac
exec sh "$@"
`;

/** Has root of the first host log in by a shell. */
function logInBy(t: Sandbox, shell: string): void {
  const root = /^(root:.*:)[^:\n]*$/m;
  const own = t.write('passwd', readFileSync('/etc/passwd', 'utf8').replace(root, `$1${shell}`));
  const pid = readFileSync(`${t.dir}/hosts/host0/pid`, 'utf8').trim();
  execFileSync('nsenter', ['-t', pid, '-m', 'mount', '--bind', own, '/etc/passwd']);
}

for (const name of ['strict', 'fish', 'tcsh']) {
  test(`run commands as any other, by ${name}`, {timeLimitMs: 60_000}, async (t) => {
    if (name !== 'strict') t.needs(name);
    const {addresses, lines} = await startSshHosts(t, 1);
    logInBy(t, name === 'strict' ? t.write('strict', strict, 0o755) : (findProgram(name) ?? ''));
    configure(t, 'far', 'type=ssh', `ssh_host=root@${String(addresses[0])}`, ...lines);
    discardAtEnd(t);
    await succeed(t, 'acquire -s far');
    const word = `it's "a" $HOME \\ \\\\ !x \`id\` %s\n\nä`;
    for (const words of [
      [word, ''],
      ['\\'.repeat(20_000), "'".repeat(20_000)],
    ]) {
      const code = 'printf "%s|" "$@"; exit 3';
      const {status, stdout} = await t.crcache(['run', 'far-0', 'sh', '-c', code, 'sh', ...words]);
      assert.equal([status, stdout], [3, `${words.join('|')}|`]);
    }
    assert.is(await succeed(t, 'run -u nobody far-0 id -un'), 'nobody\n');
    const {status} = await t.crcache(['run', 'far-0', 'sh', '-c', 'kill -9 $$']);
    assert.is(status, 137);
    assert.is((await t.crcache(['run', 'far-0', 'sh', '-c', 'exit 255'])).status, 255);
    const job = (await succeed(t, 'run -d far-0 echo done')).trim();
    await succeed(t, `wait ${job}`);
    assert.is(await succeed(t, `output ${job}`), 'done\n');
    t.write('file', word);
    await succeed(t, 'cp file far-0:/tmp/crcache-file');
    assert.is(await succeed(t, 'run far-0 cat /tmp/crcache-file'), word);
    await succeed(t, 'run far-0 rm /tmp/crcache-file');
    await succeed(t, 'release far-0');
  });
}

test('lines for any shell are the same to sh', () => {
  const line = `printf '%s|' 'it'\\''s' "\\\\ !" '\n' \\\nend`;
  const run = (code: string): string => execFileSync('sh', ['-c', code], {encoding: 'utf8'});
  assert.is(run(forAnyShell(line)), run(line));
  const shells = ['/bin/sh', '/bin/bash', '/usr/bin/zsh', '', 'a word of somebody else'];
  assert.ok(shells.every(isLikeSh));
  assert.not(['/usr/bin/fish', '/bin/csh', '/bin/tcsh', '/usr/bin/nu'].some(isLikeSh));
});
