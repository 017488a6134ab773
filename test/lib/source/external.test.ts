// Types that are not part of the program: command lines, executables on the PATH, and modules.

import * as assert from 'uvu/assert';
import {cpSync, readdirSync} from 'node:fs';
import {repository, type Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('types from outside');

/** Writes a source's configuration. */
function source(t: Sandbox, name: string, ...lines: readonly string[]): void {
  t.write(`config/sources/${name}/source.conf`, ['[DEFAULT]', ...lines, ''].join('\n'));
}

/** Puts an executable on the PATH. */
function executable(t: Sandbox, name: string, text: string): void {
  t.write(`bin/${name}`, text, 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
}

function directories(t: Sandbox): void {
  executable(t, 'none', '');
  cpSync(
    `${repository}/hooks/types/crcache-source-directory`,
    `${t.dir}/bin/crcache-source-directory`,
  );
  source(t, 'places', 'type=directory', `base=${t.dir}/base`);
}

async function fails(t: Sandbox, words: readonly string[], status: number): Promise<string> {
  const result = await t.crcache(words);
  assert.equal([result.status, result.stdout], [status, '']);
  return result.stderr;
}

test('an executable makes, enters, resets, lists and destroys', async (t) => {
  directories(t);
  assert.is((await t.crcache(['acquire', '-s', 'places'])).stdout, 'places-0\n');
  const code = 'echo "$CRCACHE_INSTANCE" "$1" >left; cat left; exit 7';
  const run = await t.crcache(['run', 'places-0', 'sh', '-c', code, 'sh', 'a  b']);
  assert.equal([run.status, run.stdout, run.stderr], [7, 'places-0 a  b\n', '']);
  source(t, 'places', 'type=directory', `base=${t.dir}/base`, 'reserve=1');
  await t.crcache(['release', 'places-0']);
  assert.is((await t.crcache(['status', '--query', 'cached', 'places'])).stdout, '1\n');
  await t.crcache(['acquire', '-s', 'places']);
  assert.is((await t.crcache(['run', 'places-0', 'ls'])).stdout, '');
  await t.crcache(['release', '-f', 'places-0']);
  assert.equal(readdirSync(`${t.dir}/base`), []);
});

test('commands become another user, or fail', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  source(t, 'place', 'type=command', 'run_command=env A=b');
  await t.crcache(['acquire', '-s', 'place']);
  const show = 'id -un; echo "$A ${CRCACHE_RUN_USER-}"';
  const {stdout, stderr} = await t.crcache(['run', '-u', 'nobody', 'place-0', 'sh', '-c', show]);
  assert.equal([stdout, stderr], ['nobody\nb \n', '']);
  const said = await fails(t, ['run', '-u', 'no-such', 'place-0', 'true'], 125);
  assert.is(said, "crcache: there is no user 'no-such'\n");
});

test('a key that an executable does not know, or must have, is told with its line', async (t) => {
  directories(t);
  source(t, 'places', 'type=directory', 'bse=/x');
  const said = await fails(t, ['acquire', '-s', 'places'], 2);
  assert.match(said, /source\.conf:2: 'base' is missing/);
});

test('another version of the protocol is refused, with both named', async (t) => {
  executable(t, 'crcache-source-new', '#!/bin/sh\necho protocol=2\n');
  source(t, 'new', 'type=new');
  assert.match(await fails(t, ['acquire', '-s', 'new'], 1), /speaks protocol '2'.*crcache '1'/);
});

test('an executable that fails to make one is quoted, and nothing is left', async (t) => {
  const code =
    'case $1 in describe) echo protocol=1; echo verbs=provision;; *) echo no room >&2; exit 4;; esac';
  executable(t, 'crcache-source-full', `#!/bin/sh\n${code}\n`);
  source(t, 'full', 'type=full');
  const said = await fails(t, ['acquire', '-s', 'full'], 1);
  assert.match(said, /cannot provision 'full-0': 'full provision' ended with status 4: no room/);
  assert.is((await t.crcache(['list-instances'])).stdout, '');
});

/** A type that makes a file in what it stands on, and tells more of itself. */
function standing(t: Sandbox, ...told: readonly string[]): void {
  const code = [
    'case $1 in',
    `describe) echo protocol=1; echo "verbs=provision run"; printf '%s\\n' ${told.join(' ')};;`,
    'provision) "$CRCACHE_BACKING_RUN" touch made;;',
    'run) shift; exec "$CRCACHE_BACKING_RUN" "$@";;',
    'esac',
  ];
  executable(t, 'crcache-source-upon', `#!/bin/sh\n${code.join('\n')}\n`);
  source(t, 'upper', 'type=upon', 'backing=lower');
  source(t, 'lower', 'type=sim', 'reserve=1');
}

const listed = async (t: Sandbox, name: string): Promise<string> =>
  (await t.crcache(['run', name, 'ls'])).stdout;

test('an executable may stand on another source', async (t) => {
  standing(t);
  assert.is((await t.crcache(['acquire', '-s', 'upper'])).stdout, 'upper-0\n');
  assert.is(await listed(t, 'upper-0'), 'made\n');
  await t.crcache(['release', '-f', 'upper-0']);
  assert.is((await t.crcache(['list-instances', '-s', 'upper'])).stdout, '');
});

test('what an executable made in what it stands on outlives a reset, and goes with it', async (t) => {
  standing(t);
  for (const hooks of ['', 'hooked\n']) {
    await t.crcache(['acquire', '-s', 'upper']);
    await t.crcache(['run', 'upper-0', 'sh', '-c', 'rm -f made hooked; touch stray']);
    assert.is((await t.crcache(['reset-instance', 'upper-0'])).status, 0);
    assert.is(await listed(t, 'upper-0'), `${hooks}made\n`);
    await t.crcache(['release', 'upper-0']);
    await t.crcache(['discard-instance', 'upper-0']);
    await t.crcache(['acquire', '-s', 'lower']);
    assert.is(await listed(t, 'lower-0'), '');
    await t.crcache(['release', 'lower-0']);
    const hook = '#!/bin/sh\nexec "$CRCACHE_INSTANCE_DIR/run" touch hooked\n';
    t.write('config/sources/upper/provision.d/10-hooked', hook, 0o700);
  }
});

test('what an executable leaves as it is, is kept when it is released', async (t) => {
  standing(t, 'leaves-backing=yes');
  const incarnation = async (): Promise<string> =>
    (await t.crcache(['list-instances', '-s', 'lower', '--format', '%(incarnation)'])).stdout;
  await t.crcache(['acquire', '-s', 'upper']);
  const before = await incarnation();
  await t.crcache(['release', 'upper-0']);
  await t.crcache(['discard-instance', 'upper-0']);
  assert.is(await incarnation(), before);
});

test('command lines make, enter and destroy', async (t) => {
  source(
    t,
    'lines',
    'type=command',
    `provision_command=mkdir -p ${t.dir}/made/"$CRCACHE_ID" && echo "dir=${t.dir}/made/$CRCACHE_ID"`,
    'run_command=env -C %{dir} WHO=%{instance}',
    'discard_command=rm -rf "$CRCACHE_HANDLE_DIR"',
    `list_command=ls ${t.dir}/made`,
  );
  await t.crcache(['acquire', '-s', 'lines']);
  const run = await t.crcache(['run', 'lines-0', 'sh', '-c', 'pwd; echo "$WHO"']);
  assert.match(run.stdout, /\/made\/crcache-[^\n]*\nlines-0\n$/);
  await t.crcache(['release', 'lines-0']);
  assert.equal(readdirSync(`${t.dir}/made`), []);
});

test('a fact that provision_command did not print is told', async (t) => {
  source(t, 'lines', 'type=command', 'run_command=ssh %{host}');
  const said = await fails(t, ['acquire', '-s', 'lines'], 1);
  assert.match(said, /'%\{host\}' in a command line means nothing/);
});

const moduleText = `
import {mkdirSync, rmSync, existsSync} from 'node:fs';
const at = ({settings, name}) => settings.base + '/' + name;
export const type = {
  summary: 'directories',
  capabilities: () => ({isolation: 'none', sharesFiles: true, reset: false, survivesReboot: true,
    imports: 'copy', root: 'caller', network: 'shared', reboot: false, park: false}),
  keys: {base: {value: 'PATH', summary: 'where', fallback: '/nowhere', parse: String, show: String}},
  identify: () => ({}),
  make: async (instance) => (mkdirSync(at(instance), {recursive: true}), {}),
  runScript: (instance) => '#!/bin/sh\\ncd ' + at(instance) + ' && exec "$@"\\n',
  probe: async () => 1,
  check: async (instance) => existsSync(at(instance)),
  checkpoint: async () => {},
  endAll: async () => {},
  reset: async () => {},
  discard: async (instance) => rmSync(at(instance), {recursive: true, force: true}),
  list: async () => [],
};
`;

test('a module beside source.conf is a type, also when its source is gone', async (t) => {
  t.write('config/sources/mine/mine.mjs', moduleText);
  source(t, 'mine', 'type=./mine.mjs', `base=${t.dir}/base`);
  await t.crcache(['acquire', '-s', 'mine']);
  assert.is((await t.crcache(['run', 'mine-0', 'pwd'])).stdout, `${t.dir}/base/mine-0\n`);
  await t.run('rm', [`${t.dir}/config/sources/mine/source.conf`]);
  const {status, stderr} = await t.crcache(['release', 'mine-0']);
  assert.is(status, 0, stderr);
  assert.equal(readdirSync(`${t.dir}/base`), []);
});

test('a module that is no type is refused with what it lacks', async (t) => {
  t.write('config/sources/mine/mine.mjs', 'export const type = {make() {}};\n');
  source(t, 'mine', 'type=./mine.mjs');
  assert.match(
    await fails(t, ['acquire', '-s', 'mine'], 2),
    /exports no type: capabilities, identify/,
  );
});
