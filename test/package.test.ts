// The package: what the README says to who is new here, and what comes of it on a machine without a network.

import * as assert from 'uvu/assert';
import {mkdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {repository, type Sandbox} from './helpers/sandbox.js';
import {beNewHere, follow} from './helpers/sessions.js';
import {suite} from './helpers/suite.js';

const test = suite('the package');
const timeLimitMs = 300_000;

/** A copy of what is checked out, with what 'npm ci' brings: npm builds in it, where other tests would meet it half built. */
async function checkOut(t: Sandbox): Promise<string> {
  const settings = {
    offline: 'true',
    update_notifier: 'false',
    fund: 'false',
    prefix: `${t.dir}/own`,
  };
  for (const [key, value] of Object.entries(settings)) t.env[`npm_config_${key}`] = value;
  beNewHere(t);
  const directories = ['.config', 'cmd', 'hooks', 'lib', 'man', 'test'];
  const files = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'tsconfig.json'];
  const parts = [...directories, ...files].map((each) => `${repository}/${each}`);
  const cwd = `${t.dir}/checkout`;
  mkdirSync(cwd);
  await succeed(t, ['cp', '-a', ...parts, cwd]);
  symlinkSync(`${repository}/node_modules`, `${cwd}/node_modules`);
  return cwd;
}

async function succeed(t: Sandbox, words: readonly string[], cwd = t.dir): Promise<string> {
  const [program = '', ...rest] = words;
  const {status, stdout, stderr} = await t.run(program, rest, {cwd});
  assert.is(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** What the README has after 'npm ci', which the machine that runs tests has done. */
function lineOfReadme(begin: string): string {
  const readme = readFileSync(`${repository}/README.md`, 'utf8');
  const [, line = ''] = new RegExp(`^npm ci && (${begin}.*)$`, 'm').exec(readme) ?? [];
  return line;
}

/** The command and its manual are there. */
async function checkInstalled(t: Sandbox): Promise<void> {
  const {version} = JSON.parse(readFileSync(`${repository}/package.json`, 'utf8')) as {
    version: string;
  };
  assert.is(await succeed(t, [`${t.dir}/own/bin/crcache`, '--version']), `crcache ${version}\n`);
  const pages = ['crcache', 'crcache-acquire', 'crcache-tutorial'];
  const found = await succeed(t, ['man', '-M', `${t.dir}/own/share/man`, '-w', ...pages]);
  assert.match(found, /crcache\.1\n.*crcache-acquire\.1\n.*crcache-tutorial\.7\n/);
}

test('works where it was built, as the README says', {timeLimitMs}, async (t) => {
  t.needs('man');
  const cwd = await checkOut(t);
  assert.match(await succeed(t, ['sh', '-c', lineOfReadme('npx')], cwd), /^Linux /);
  await succeed(t, ['sh', '-c', lineOfReadme('npm install')], cwd);
  await checkInstalled(t);
});

test('works from what npm packs of it, with no other package', {timeLimitMs}, async (t) => {
  t.needs('man');
  const cwd = await checkOut(t);
  const [name = ''] = /\S+$/m.exec(await succeed(t, ['npm', 'pack', '--silent'], cwd)) ?? [];
  const packed = `${t.dir}/${name}`;
  await succeed(t, ['mv', `${cwd}/${name}`, packed]);
  rmSync(cwd, {recursive: true});
  await succeed(t, ['npm', 'install', '-g', packed]);
  await checkInstalled(t);
  t.env['PATH'] = `${t.dir}/own/bin:${t.env['PATH'] ?? ''}`;
  await follow(t, 'README.md', t.env['HOME'] ?? '');

  const project = `${t.dir}/library`;
  const examples = `${t.dir}/own/lib/node_modules/crcache/test/examples`;
  await succeed(t, ['cp', '-r', `${examples}/library`, project]);
  t.write('library/package.json', '{"type": "module"}');
  t.write('library/tsconfig.json', JSON.stringify(settingsOfProject));
  t.write('library/wrong.ts', wrong);
  await succeed(t, ['npm', 'install', '--global=false', packed], project);
  mkdirSync(`${project}/node_modules/@types`);
  for (const each of ['@types/node', 'undici-types']) {
    symlinkSync(`${repository}/node_modules/${each}`, `${project}/node_modules/${each}`);
  }
  await succeed(t, [`${repository}/node_modules/.bin/tsc`], project);
});

const settingsOfProject = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    skipLibCheck: true, // those of node take longer than all else
    noEmit: true,
  },
  files: ['run-in-pool.ts', 'wrong.ts'],
};

/** What types keep a program from. */
const wrong = `import {openCache} from 'crcache';
const cache = openCache();
// @ts-expect-error: there is no such event
cache.on('ended', () => undefined);
// @ts-expect-error: there is no such state
cache.on('change', ({to}) => to === 'free');
// @ts-expect-error: there is no such option
await cache.acquire('tests', {wait: 1});
// @ts-expect-error: a command is not a number
await (await cache.acquire('tests')).run(1);
`;
