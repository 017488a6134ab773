// Whatever speaks ssh: what the manual shows of it, and what is left of each when it is killed. What such programs pass
// is in test/cmd/rsh-programs.test.ts.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync} from 'node:fs';
import {configure, succeed} from '../helpers/configured.js';
import {useSystemPrograms} from '../helpers/examples.js';
import {until} from '../helpers/held.js';
import {findMarked} from '../helpers/left-over.js';
import {killGroup} from '../helpers/programs.js';
import {beNewHere, follow} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('programs that speak ssh');

test('reach instances as the manual shows', async (t) => {
  t.needs('rsync', 'scp', 'git', 'ssh', 'ssh-keygen', 'sshd');
  if (process.getuid?.() !== 0) t.skip('needs root');
  beNewHere(t);
  await follow(t, 'man/crcache-ssh.7', t.env['HOME'] ?? '');
});

/** Lines of a shell, each of a program that has something to do in an instance. */
const lines: Readonly<Record<string, string>> = {
  rsync: "rsync -e 'crcache rsh' file place-0:there",
  git: "GIT_SSH_COMMAND='crcache rsh' git ls-remote place-0:repository",
  scp: 'scp -S crcache-rsh file place-0:there',
  sftp: 'sftp -S crcache-rsh place-0',
  sshfs: 'sshfs -f -o ssh_command=crcache-rsh place-0: mounted',
  parallel: "parallel --will-cite --ssh 'crcache rsh' -S 1/place-0 echo ::: word",
  pdsh: 'pdsh -R exec -w place-0 crcache rsh %h true',
};

for (const [program, line] of Object.entries(lines)) {
  test(`${program} that is killed with all it started leaves nothing after gc`, async (t) => {
    t.needs(program);
    if (program === 'sshfs' && !existsSync('/dev/fuse')) t.skip('needs FUSE');
    useSystemPrograms(t);
    const hang = t.write('hang', `#!/bin/sh\necho >${t.dir}/started\nexec sleep 98765\n`, 0o755);
    configure(t, 'place', 'type=local', `run-wrapper=${hang}`);
    t.write('file', 'text\n');
    mkdirSync(`${t.dir}/mounted`);
    if (program === 'sshfs') t.atEnd(() => t.run('fusermount3', ['-u', '-z', 'mounted']));
    const run = t.run('sh', ['-c', `crcache acquire -s place --for-pid $$ >acquired; ${line}`], {
      env: {...t.env, MARK: t.dir},
      onStart: (child) => {
        void until(() => existsSync(`${t.dir}/started`), 'it is at work').then(() => {
          killGroup(child);
        });
      },
    });
    assert.is((await run).signal, 'SIGKILL');
    await succeed(t, 'gc');
    assert.is(await succeed(t, 'status --query in-use place'), '0\n');
    await until(() => findMarked(`MARK=${t.dir}`).length === 0, 'all that ran has ended');
  });
}
