import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import * as assert from 'uvu/assert';
import {types} from '../../lib/source/registry.js';
import {succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('init');

test('writes a source that works, with every key explained, and says what to do next', async (t) => {
  const said = await succeed(t, 'init build --type pool sources=local reserve=1 labels=os=linux');
  const directory = `${t.dir}/config/sources/build`;
  assert.match(said, new RegExp(`^made ${directory}/source.conf\n`));
  const text = readFileSync(`${directory}/source.conf`, 'utf8');
  for (const line of [
    'type=pool',
    'sources=local',
    'reserve=1',
    'labels=os=linux',
    '#maximum=0',
    '#reset=auto',
    '#max-age=DURATION',
  ])
    assert.ok(text.split('\n').includes(line), `${line} is not in ${text}`);
  assert.ok(
    text.includes(
      '# never have more instances than this; 0 is no limit, but for type=local it is 1\n',
    ),
  );
  assert.is(await succeed(t, 'check-source'), '');
  assert.is(await succeed(t, 'show-source build labels'), 'os=linux\n');
  assert.is(await succeed(t, 'with build -- echo works'), 'works\n');
  // The lines that it says can be pasted.
  const lines = said.split('\n').filter((line) => /^ {3}(crcache|cd|mv) /.test(line));
  assert.is(lines.length, 4, said);
  const {status, stdout, stderr} = await t.run('sh', ['-euc', lines.join('\n')]);
  assert.is(status, 0, stderr);
  assert.match(stdout, /Linux/);
  assert.is(
    readdirSync(`${directory}/provision.d`).filter((name) => !name.endsWith('.sample')).length,
    1,
  );
});

test('has a sample of each ready-made hook, executable, and none of them runs or is complained of', async (t) => {
  await succeed(t, 'init box --type sim');
  const directory = `${t.dir}/config/sources/box`;
  assert.equal(readdirSync(directory).sort(), [
    'allocate.d',
    'discard.d',
    'provision.d',
    'release.d',
    'source.conf',
  ]);
  const samples = readdirSync(`${directory}/allocate.d`);
  assert.ok(samples.includes('30-postgresql.sample'));
  assert.is(statSync(`${directory}/allocate.d/30-postgresql.sample`).mode & 0o777, 0o700);
  const {stdout} = await t.run('run-parts', ['--test', `${directory}/allocate.d`]);
  assert.is(stdout, '');
  assert.is(await succeed(t, 'check-source box'), '');
  const {status, stdout: printed, stderr} = await t.crcache(['with', 'box', '--', 'true']);
  assert.equal([status, printed, stderr], [0, '', ''], 'and nobody is warned of them');
});

test('a sample that is switched on runs as its phase says, with what it needs in its environment', async (t) => {
  t.needs('git');
  await succeed(t, 'init box --type sim');
  for (const phase of ['allocate.d', 'release.d', 'discard.d']) {
    const directory = `${t.dir}/config/sources/box/${phase}`;
    for (const name of readdirSync(directory)) {
      if (!/source-tree-archive|copy-logs/.test(name)) continue;
      renameSync(`${directory}/${name}`, `${directory}/${name.replace('.sample', '')}`);
    }
  }
  const code = 'git init -q && git -c user.name=x -c user.email=x commit -q --allow-empty -m x';
  t.write('tree/file', 'words\n');
  const made = await t.run('sh', ['-c', `git init -q && git add . && ${code}`], {
    cwd: `${t.dir}/tree`,
  });
  assert.is(made.status, 0, made.stderr);
  t.env['DESTINATION'] = `${t.dir}/there`;
  t.env['LOGS'] = `${t.dir}/there`;
  const at = {cwd: `${t.dir}/tree`};
  assert.is((await t.crcache(['acquire', '-s', 'box'], at)).stdout, 'box-0\n');
  assert.is(readFileSync(`${t.dir}/there/file`, 'utf8'), 'words\n');
  const {status, stderr} = await t.crcache(['release', 'box-0'], at);
  // The tree is gone at release, and its logs with it: what discard.d was to save is not lost without a word.
  assert.is(existsSync(`${t.dir}/there`), false);
  assert.ok(status !== 0 || stderr.includes('20-copy-logs'), stderr);
});

test('never writes over what is there, and leaves nothing of what failed', async (t) => {
  await succeed(t, 'init box --type sim maximum=3');
  const file = `${t.dir}/config/sources/box/source.conf`;
  const before = readFileSync(file, 'utf8');
  const again = await t.crcache(['init', 'box', '--type', 'local']);
  assert.is(again.status, 1);
  assert.match(again.stderr, /there is a source '.*\/box' already\nhint: crcache show-source box/);
  assert.is(readFileSync(file, 'utf8'), before);
  writeFileSync(`${t.dir}/config/sources/other`, 'mine');
  const other = await t.crcache(['init', 'other', '--type', 'local']);
  assert.is(other.status, 1);
  assert.is(readFileSync(`${t.dir}/config/sources/other`, 'utf8'), 'mine');
  for (const [words, message, hint] of [
    [['x', '--type', 'pol'], "unknown type 'pol'", "did you mean 'pool'?"],
    [['x', '--type', 'pool'], "'sources' is missing", 'add sources=NAME,...'],
    [['x', '--type', 'sim', 'maximun=1'], "unknown key 'maximun'", "did you mean 'maximum'?"],
    [['x', '--type', 'sim', 'maximum=lots'], "'maximum' wants a whole number", 'maximum: '],
    [['x', '--type', 'sim', 'maximum'], "'maximum' is not KEY=VALUE", 'crcache help init'],
    [['x-1', '--type', 'sim'], "'x-1' is an instance's name", "did you mean the source 'x'?"],
    [['x'], "option '--type' is missing", 'one of: local, '],
    [['x', '--type', 'sim', '--user', '--project'], 'exclude each other', ''],
  ] as const) {
    const {status, stdout, stderr} = await t.crcache(['init', ...words]);
    assert.is(status, 2, stderr);
    assert.is(stdout, '');
    assert.ok(stderr.includes(message), stderr);
    if (hint !== '') assert.ok(stderr.includes(`\nhint: ${hint}`), stderr);
  }
  assert.equal(readdirSync(`${t.dir}/config/sources`).sort(), ['box', 'other']);
});

test('--project writes into the .crcache above, or makes one here; what is found before it is told', async (t) => {
  mkdirSync(`${t.dir}/here/deep`, {recursive: true});
  const at = {cwd: `${t.dir}/here/deep`};
  const first = await t.crcache(['init', 'box', '--type', 'sim', '--project'], at);
  assert.is(first.status, 0, first.stderr);
  assert.ok(existsSync(`${t.dir}/here/deep/.crcache/sources/box/source.conf`));
  renameSync(`${t.dir}/here/deep/.crcache`, `${t.dir}/here/.crcache`);
  await t.crcache(['init', 'pool', '--type', 'pool', 'sources=box', '--project'], at);
  assert.ok(existsSync(`${t.dir}/here/.crcache/sources/pool/source.conf`));
  assert.is((await t.crcache(['with', 'pool', '--', 'echo', 'works'], at)).stdout, 'works\n');
  await succeed(t, 'init two --type sim');
  const hidden = await t.crcache(['init', 'two', '--type', 'sim', '--project'], at);
  assert.is(hidden.status, 0);
  assert.match(hidden.stderr, /config\/sources\/two\/source.conf' is found before it/);
});

test('writes what every type reads without a problem', async (t) => {
  for (const {name, keys} of types) {
    const required = Object.entries(keys).filter(([, key]) => key.isRequired === true);
    const given = required.map(
      ([key, {value}]) => `${key}=${value === 'PATH' ? '/local' : 'local'}`,
    );
    const {status, stderr} = await t.crcache(['init', `try.${name}`, '--type', name, ...given]);
    assert.is(status, 0, `${name}: ${stderr}`);
  }
  const problems = await t.crcache(['check-source']);
  assert.is(problems.stdout, '');
});

test('takes a key by its other name, and source.conf too', async (t) => {
  await succeed(t, 'init box --type container image=a program=podman');
  const file = `${t.dir}/config/sources/box/source.conf`;
  const written = readFileSync(file, 'utf8');
  assert.match(written, /^engine=podman$/m);
  writeFileSync(file, written.replace('engine=', 'program='));
  assert.match(await succeed(t, 'show-source box'), /^engine=podman$/m);
  writeFileSync(file, `${written}program=docker\n`);
  assert.match((await t.crcache(['check-source', 'box'])).stdout, "'program' is given twice");
});

test('says of a key that is given twice what there is to do, and of no line', async (t) => {
  const {status, stderr} = await t.crcache([
    'init',
    'box',
    '--type',
    'sim',
    'reserve=1',
    'reserve=2',
  ]);
  assert.is(status, 2);
  assert.is(stderr, "crcache: 'reserve' is given twice\nhint: remove one of them\n");
});

test('--project writes nothing into a .crcache that would not be used', async (t) => {
  if (process.getuid?.() !== 0) t.skip('only root can give files to other users');
  mkdirSync(`${t.dir}/project/.crcache`, {recursive: true, mode: 0o755});
  chownSync(`${t.dir}/project/.crcache`, 12_345, 12_345);
  const words = ['init', 'box', '--type', 'sim', '--project'];
  const {status, stderr} = await t.crcache(words, {cwd: `${t.dir}/project`});
  assert.is(status, 2);
  assert.match(stderr, /project\/.crcache' belongs to another user, uid 12345, and is not used\n/);
  assert.equal(readdirSync(`${t.dir}/project/.crcache`), []);
});
