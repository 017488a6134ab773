// Copies of who is not root: -p keeps what it may, and directories that are closed to their owner are no hindrance.

import * as assert from 'uvu/assert';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a copy of an ordinary user');

const uid = '54321';

/** Runs code of bash in a directory of such a user, who has acquired an instance, $name. */
async function asUser(t: Sandbox, code: string): Promise<string> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('setpriv');
  await t.run('find', [t.dir, '-not', '-path', '*/sticky*', '-exec', 'chown', uid, '{}', '+']);
  const whole = `set -e; umask 022; name=$(crcache acquire -s local); at=${t.dir}/there; mkdir "$at"; ${code}`;
  const words = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', 'bash', '-c', whole];
  const {stdout, stderr, status} = await t.run('setpriv', words);
  assert.is(`${stderr}${status === 0 ? '' : `status ${String(status)}\n`}`, '');
  return stdout;
}

const look = `look() { (cd "$1" && find . -printf '%P %m %U %Ts\\n' | sort) }`;

test('keeps with -p all but what only root may keep', {timeLimitMs: 60_000}, async (t) => {
  const code = `mkdir -p own/sub; echo 1 >own/sub/a; ln -s a own/sub/l; cp /bin/true own/bit; chmod 750 own/sub; chmod 600 own/sub/a
    find own -exec touch -h -d 2001-02-03 {} +; ${look}
    crcache cp -p own $name:$at/in; diff <(look own) <(look $at/in) && echo in
    crcache cp -p $name:$at/in out; diff <(look $at/in) <(look out) && echo out
    crcache pack-files -p own | crcache unpack-files -p piped; diff <(look $at/in) <(look piped/own) && echo piped
    mkdir synced; crcache -q sync -p $name:$at/in synced && diff <(look $at/in) <(look synced) && echo synced
    crcache cp -p /etc/passwd $name:$at/ && stat -c '%u %a' $at/passwd; stat -c %Y /etc/passwd $at/passwd | uniq | wc -l
    chmod 6755 own/bit; crcache cp -p $name:$PWD/own/bit bit 2>said; stat -c %a bit; sed "s,$PWD,," said`;
  const lost = "crcache: 'bit' has lost its setuid or setgid bit";
  const said = ['in', 'out', 'piped', 'synced', `${uid} 644`, '1', '755', lost, ''];
  assert.is(await asUser(t, code), said.join('\n'));
});

const closed = `mkdir -p ro/sub/new; echo 1 >ro/a; echo 2 >ro/sub/b; chmod 555 ro/sub/new ro/sub ro`;

test(
  'brings closed directories a second time, and removes them',
  {timeLimitMs: 60_000},
  async (t) => {
    const code = `${closed}
    look() { (cd "$1" && find . -printf '%P %m\\n' -type f -exec cat {} + | sort) }
    same() { diff <(look ro) <(look "$1") && echo "$2"; }
    for round in 1 2; do
      crcache cp ro $name:$at/; same $at/ro whole
      crcache cp ro/. $name:$at/top; same $at/top top
      crcache cp $name:$at/ro/. out; same out out
      crcache cp -p ro $name:$at/; same $at/ro kept
      crcache -q sync ro $name:$at/ro; same $at/ro synced
      chmod u+w ro/sub; echo $round >ro/sub/c; chmod u-w ro/sub
    done
    mkdir -p $at/open/ro/sub/new; crcache cp ro $name:$at/open; stat -c %a $at/open/ro/sub; cat $at/open/ro/sub/c
    mkdir -p mine/sub $at/mine/sub; echo 3 >mine/sub/d; chmod 555 $at/mine/sub; crcache cp mine $name:$at/ 2>&1 | grep -c 'Permission denied'
    find . $at -name '.crcache-*'; new=$(crcache cp ro $name:); crcache release $name; ls -d $new 2>&1 | grep -c 'No such'
    chmod -R u+w ro out $at`;
    const round = ['whole', 'top', 'out', 'kept', 'synced'];
    assert.is(await asUser(t, code), [...round, ...round, '755', '2', '1', '1', ''].join('\n'));
  },
);

test("makes directories that are not in an archive by the caller's umask", async (t) => {
  const code = `mkdir -p d; echo 1 >d/f; echo 2 >f; tar c f d/f >archive; umask 027
    crcache unpack-files one <archive; crcache cp - $name:$at/two <archive; stat -c %a one one/d $at/two $at/two/d one/f`;
  assert.is(await asUser(t, code), '750\n750\n750\n750\n644\n');
});

test('says once that a directory may not be entered', async (t) => {
  const code = `mkdir $at/closed; chmod 0 $at/closed; ! crcache cp /etc/passwd $name:$at/closed/ 2>said; chmod 700 $at/closed; sed "s,$at,,g" said`;
  const said =
    "crcache: cannot copy to '/closed/': cannot create directory '/closed': Permission denied\n";
  assert.is(await asUser(t, code), said);
});

test('leaves alone what a symlink with the name of a killed copy leads to', async (t) => {
  const code = `mkdir -p victim/below; chmod 400 victim/below; chmod 500 victim
    crcache cp /etc/passwd $name:$PWD/sticky/; ls sticky; stat -c %a victim victim/below`;
  t.write(
    'prepare',
    `mkdir -m 1777 sticky; read boot </proc/sys/kernel/random/boot_id; space=$(readlink /proc/self/ns/pid | tr -dc 0-9)
    ln -s ../victim "sticky/.crcache-x,$(cat /proc/sys/kernel/hostname),$boot,$space,99999999,1.part"`,
  );
  await t.run('sh', ['prepare']);
  assert.is(await asUser(t, code), 'passwd\n500\n400\n');
});
