// An instance may want to do harm: by what it sends, and by where its symlinks lead.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {end, file, header} from '../../../helpers/archive.js';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {ask} from './jobs.js';
import type {There} from './there.js';

const many = {timeLimitMs: 120_000};

/** Archives by the name that is asked for; test/lib/copy/hostile.test.ts has more of them. */
const archives: Readonly<Record<string, (dir: string) => readonly Buffer[]>> = {
  climbing: () => [file('climbing/../../evil', 'x')],
  absolute: (dir) => [file(`${dir}/evil`, 'x')],
  through: (dir) => [
    header({path: 'through', type: 'directory'}),
    header({path: 'through/s', type: 'symlink', link: dir}),
    file('through/s/evil', 'x'),
  ],
  linked: () => [
    header({path: 'linked/s', type: 'symlink', link: '/etc'}),
    header({path: 'linked/l', type: 'link', link: 'linked/s/passwd'}),
  ],
  unasked: () => [file('evil', 'x')],
};

const refusals = `crcache: cannot copy 'AT/climbing': 'climbing/../../evil' leads outside by '..'
crcache: cannot copy 'AT/absolute': 'DIR/evil' has an absolute name
crcache: cannot copy 'AT/through': 'through/s/evil' would be written through a symlink
crcache: cannot copy 'AT/linked': 'linked/l' is a hard link through a symlink
crcache: cannot copy 'AT/unasked': 'evil' was not asked for
`;

/** Sends the file that it is asked for as if that were what came out; is a tar like any other for all else. */
const hostileTar = `#!/bin/sh
case $1 in
  --version) echo 'GNU tar' ;;
  -c) for last; do :; done; exec cat "AT/\${last##*/}" ;;
  *) exec /bin/tar "$@" ;;
esac
`;

export function describeHostility(there: There): void {
  const {test, kind} = there;
  const {hasOwnTree = false, programs} = kind.manners ?? {};

  test('what a hostile instance sends is refused, and nothing of it stays', many, async (t) => {
    const name = await there.acquireAnother(t);
    for (const [each, parts] of Object.entries(archives)) {
      t.write(`archives/${each}`, '');
      writeFileSync(`${t.dir}/archives/${each}`, Buffer.concat([...parts(t.dir), end]));
    }
    const at = (await ask(t, 'cp', 'archives', `${name}:`)).trim() + '/archives';
    // What has two names is sent by a program there, also where it could be read from here.
    await ask(
      t,
      'run',
      name,
      'sh',
      '-c',
      'cd "$1" && for each in *; do ln "$each" ".$each"; done',
      'sh',
      at,
    );
    await plantTar(t, {name, at, programs: programs?.(there.ground)});
    t.write('to/.keep', '');
    const said = Object.keys(archives).map(async (each) => {
      const {status, stdout, stderr} = await t.crcache(['cp', `${name}:${at}/${each}`, 'to/']);
      assert.equal([status, stdout], [1, ''], stderr);
      return stderr.replace(at, 'AT').replace(t.dir, 'DIR');
    });
    assert.is((await Promise.all(said)).join(''), refusals);
    assert.equal(readdirSync(`${t.dir}/to`), ['.keep']);
    assert.not(existsSync(`${t.dir}/evil`), 'written outside');
  });

  if (!hasOwnTree) return;

  test('what goes in by its symlinks stays in it', many, async (t) => {
    const outside = `${t.dir}/outside`;
    mkdirSync(outside);
    t.write('sent/file', 'sent\n');
    const climb = `../../../../../../../..${outside}`;
    const links = `mkdir -p ${outside}; ln -s ${outside} /way; ln -s ${climb} /climb`;
    const imports = ['/way/a:rw', '/climb/b', '/way/c:rw:copy', '/climb/d:overlay'];
    const options = imports.flatMap((each) => ['--import', `sent:${each}`]);
    const name = await there.acquireHooked(t, links, options);
    await ask(t, 'cp', 'sent/file', `${name}:/way/e`);
    await ask(t, 'cp', 'sent', `${name}:/climb/f`);
    await ask(t, '-q', 'sync', 'sent', `${name}:/way/g`);
    assert.equal(readdirSync(outside), []);
    const came = await ask(t, 'run', name, '-S', `cd ${outside} && cat [abcdfg]/file e`);
    assert.is(came, 'sent\n'.repeat(imports.length + 3));
    await ask(t, 'release', name);
    assert.equal(readdirSync(outside), []);
  });
}

/** Has commands of an instance find the hostile tar; on this machine, in the test's own PATH. */
async function plantTar(
  t: Sandbox,
  {name, at, programs}: {name: string; at: string; programs: string | undefined},
): Promise<void> {
  t.write('hostile/tar', hostileTar.replace('AT', at), 0o755);
  if (programs === undefined) {
    t.env['PATH'] = `${t.dir}/hostile:${t.env['PATH'] ?? ''}`;
    return;
  }
  await ask(t, 'run', name, 'mkdir', '-p', programs);
  await ask(t, 'cp', 'hostile/tar', `${name}:${programs}/tar`);
  t.atEnd(() => ask(t, 'run', name, 'rm', `${programs}/tar`));
}
