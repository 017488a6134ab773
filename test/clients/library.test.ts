// Programs that embed crcache: the examples, as projects that have it as a dependency.

import * as assert from 'uvu/assert';
import {mkdirSync, symlinkSync} from 'node:fs';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample} from '../helpers/examples.js';
import {findLeftOver} from '../helpers/left-over.js';
import type {Result} from '../helpers/programs.js';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {follow} from '../helpers/sessions.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
import {suite} from '../helpers/suite.js';

const test = suite('programs');

function prepare(t: Sandbox): string {
  configure(t, 'place', 'type=local', 'maximum=2');
  configure(t, 'tests', 'type=pool', 'sources=place');
  const cwd = copyExample(t, 'library');
  mkdirSync(`${cwd}/node_modules`);
  symlinkSync(repository, `${cwd}/node_modules/crcache`);
  symlinkSync(`${repository}/node_modules/uvu`, `${cwd}/node_modules/uvu`);
  return cwd;
}

async function run(t: Sandbox, ...words: readonly string[]): Promise<Result> {
  const result = await t.run('node', words, {cwd: `${t.dir}/library`});
  assert.is(await succeed(t, 'status --query in-use tests'), '0\n');
  return result;
}

test('an instance is in use for as long as a block says', async (t) => {
  const cwd = prepare(t);
  const words = ['run-in-pool.ts', '--target=node20', '--format=esm', '--outfile=run-in-pool.mjs'];
  await t.run(`${repository}/node_modules/.bin/esbuild`, words, {cwd});
  const {status, stdout, stderr} = await run(t, 'run-in-pool.mjs');
  assert.equal([status, stderr], [0, '']);
  assert.equal(stdout.split('\n'), [
    'tests-0 provisioning',
    'tests-0 allocating',
    'tests-0 in-use',
    'tests-0 ended a command with 3',
    'tests-0 3 7',
    'tests-0 releasing',
    'tests-0 cached',
    '0 in use',
    '',
  ]);
});

test(
  'the manual shows what they print, also of tests that are spread over instances',
  {timeLimitMs: 120_000},
  async (t) => {
    const cwd = prepare(t);
    await follow(t, 'man/crcache-library.7', cwd);
    const log = await succeed(t, 'log tests');
    for (const name of ['tests-0', 'tests-1']) assert.match(log, `${name}: allocating -> in-use`);
  },
);

for (const words of [['--test', 'spread.node.mjs'], ['spread.uvu.mjs']]) {
  test(`node ${words.join(' ')} fails where a file of tests does in its instance`, async (t) => {
    const cwd = prepare(t);
    const files = ['one.uvu.mjs', 'one.node.mjs'].map((file) => `${cwd}/tests/${file}`);
    await t.run('sed', ['-i', 's/tests-/nowhere-/', ...files]);
    const {status, stdout} = await run(t, ...words);
    assert.is.not(status, 0);
    assert.match(stdout, /one\.(uvu|node)\.mjs/);
  });
}

test('what a killed program held comes back, and what it ran there ends', async (t) => {
  const cwd = prepare(t);
  const sleep = ownSeconds(t);
  const code = `
    import {openCache} from 'crcache';
    const [one, two] = await openCache().acquireAll('tests', 2);
    void one.run('echo there; exec sleep ${sleep}', {env: {MARK: '${t.dir}'}});
    await two.run('until grep -qszx [9]${sleep.slice(1)} /proc/[0-9]*/cmdline; do :; done');
    process.kill(process.pid, 'SIGKILL');`;
  const {signal} = await t.run('node', ['--input-type=module', '-e', code], {cwd});
  assert.is(signal, 'SIGKILL');
  await succeed(t, 'gc');
  assert.is(await succeed(t, 'status --query in-use tests'), '0\n');
  assert.equal(await findLeftOver(`MARK=${t.dir}`), []);
});

test('a program is told what happens, and no listener cuts it off', async (t) => {
  const cwd = prepare(t);
  configure(t, 'one', 'type=sim', 'maximum=1');
  const code = `
    import {openCache} from 'crcache';
    const cache = openCache();
    cache.on('change', ({instance, from, to, why}) => console.log(instance, from, to, why !== ''));
    cache.on('start', ({instance, command}) => console.log(instance, command));
    cache.on('end', ({instance, command, status}) => console.log(instance, command, status));
    process.once('uncaughtException', ({message}) => console.log(message));
    cache.once('change', () => { throw new Error('of a listener'); });
    const instance = await cache.acquire('one');
    await instance.run(['false']);
    cache.once('wait', ({source, why}) => {
      console.log(source, /held by/.test(why));
      void instance.release();
    });
    const {name} = await cache.acquire('one', {waitMs: 60_000});
    console.log(name);`;
  const {stdout, stderr} = await t.run('node', ['--input-type=module', '-e', code], {cwd});
  assert.is(stderr, '');
  assert.equal(stdout.split('\n'), [
    'one-0 undefined provisioning true',
    'of a listener',
    'one-0 provisioning allocating true',
    'one-0 allocating in-use true',
    "one-0 [ 'false' ]",
    "one-0 [ 'false' ] 1",
    'one true',
    'one-0 in-use releasing true',
    'one-0 releasing discarding true',
    'one-0 discarding undefined true',
    'one-0 undefined provisioning true',
    'one-0 provisioning allocating true',
    'one-0 allocating in-use true',
    'one-0',
    '',
  ]);
});

test('errors have a kind, and words are parsed as the program does it', async (t) => {
  const cwd = prepare(t);
  const code = `
    import {openCache, parse, commands} from 'crcache';
    const cache = openCache();
    const instance = await cache.acquire('tests');
    await cache.acquire('tests', {labels: ['no=one']}).catch(({name, kind}) => console.log(name, kind));
    await cache.acquire('tests', {needs: ['isolation=root']}).catch(({message}) => console.log(message));
    await cache.acquireAll('tests', 2).catch(({kind}) => console.log(kind));
    await cache.acquire('nowhere').catch(({kind}) => console.log(kind));
    const {stdout, stderr} = await instance.run(['sh', '-c', 'cat; pwd; echo err >&2'], {input: 'in\\n', cwd: '/'});
    console.log(JSON.stringify([stdout, stderr]));
    process.chdir('/');
    const [other] = await cache.acquireAll('tests', 1);
    await other.copyIn('status-page.mjs', process.env.TMPDIR + '/copied');
    await other.release();
    const cut = await instance.run(['sleep', '98765'], {signal: AbortSignal.timeout(10)});
    console.log(cut.status);
    await instance.release();
    await instance.release();
    await instance.run(['true']).catch(({kind}) => console.log(kind));
    const {command, args} = parse(['acquire', '-s', 'pool', '2']);
    console.log(command.name, args.value('source'), args.operands, commands.includes(command));`;
  const {stdout, stderr} = await t.run('node', ['--input-type=module', '-e', code], {cwd});
  assert.is(stderr, '');
  assert.equal(stdout.split('\n'), [
    'CrcacheError exhausted',
    "cannot ever have 1 instance of 'tests' with isolation=root: no source has that",
    'exhausted',
    'not-found',
    '["in\\n/\\n","err\\n"]',
    '143',
    'failed',
    "acquire pool [ '2' ] true",
    '',
  ]);
});

test('what makes no sense is refused, and leaves nothing', async (t) => {
  const cwd = prepare(t);
  const code = `
    import {openCache} from 'crcache';
    const cache = openCache();
    const tell = (work) => work.then(() => console.log('done'), ({kind, message}) => console.log(kind, message));
    await tell(cache.acquireAll('tests', 0));
    await tell(cache.acquireAll('tests', 1.5));
    await tell(cache.acquire('tests', {waitMs: NaN}));
    await tell(cache.acquire('tests', {ttlMs: NaN}));
    await tell(cache.acquire('tests', {ttlMs: Infinity}));
    await using instance = await cache.acquire('tests');
    await tell(instance.run([]));
    await tell(instance.run(['echo', 'one\\0two']));`;
  t.write('library/odd.ts', code);
  const words = ['odd.ts', '--target=node20', '--format=esm', '--outfile=odd.mjs'];
  await t.run(`${repository}/node_modules/.bin/esbuild`, words, {cwd});
  const {stdout, stderr} = await run(t, 'odd.mjs');
  assert.is(stderr, '');
  assert.equal(stdout.split('\n'), [
    'usage count is a whole number of at least 1, not 0',
    'usage count is a whole number of at least 1, not 1.5',
    'usage waitMs is a number of at least 0, not NaN',
    'usage ttlMs is a number above 0, at most 3153600000000, not NaN',
    'usage ttlMs is a number above 0, at most 3153600000000, not Infinity',
    'usage there is no command to run',
    'usage there is a NUL in what is to be run',
    '',
  ]);
  await succeed(t, 'fsck');
});

test('gets all that a command prints, and waits no longer than it wants', async (t) => {
  const cwd = prepare(t);
  const code = `
    import {openCache} from 'crcache';
    const cache = openCache();
    const [one] = await cache.acquireAll('tests', 2);
    const {status, stdout} = await one.run('head -c 150000000 /dev/zero; exit 3');
    console.log(status, stdout.length);
    const limited = {waitMs: Infinity, signal: AbortSignal.timeout(100)};
    await cache.acquire('tests', limited).catch(({name}) => console.log(name));
    console.log(cache.status('tests')[0].waiting);
    cache.once('end', ({status}) => console.log('ended with', status));
    const much = one.run('yes 1234567890123456789012345678901');
    await much.catch(({kind, message}) => console.log(kind, message));`;
  const {stdout, stderr} = await t.run('node', ['--input-type=module', '-e', code], {cwd});
  assert.equal(
    [stdout, stderr],
    [
      '3 150000000\nTimeoutError\n0\nended with 125\nfailed a command printed more than 511 MiB\n',
      '',
    ],
  );
});

test('what nobody wants any more ends with all that it has started, or does not begin', async (t) => {
  const cwd = prepare(t);
  const seconds = ownSeconds(t);
  const code = `
    import {openCache} from 'crcache';
    const cache = openCache();
    const instance = await cache.acquire('tests');
    const limits = () => ({signal: AbortSignal.timeout(500)});
    for (const line of ['sleep ${seconds}; true', 'setsid sleep ${seconds} & wait']) {
      console.log((await instance.run(line, limits())).status);
    }
    const signal = AbortSignal.abort();
    await cache.acquire('tests', {signal}).catch(({name}) => console.log(name));
    console.log(cache.status('tests')[0]['in-use']);
    await instance.release();`;
  const {stdout, stderr} = await t.run('node', ['--input-type=module', '-e', code], {cwd});
  assert.equal([stdout, stderr], ['143\n143\nAbortError\n1\n', '']);
  assert.equal(processesWith(seconds), []);
});
