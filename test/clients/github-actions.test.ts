// GitHub Actions: the composite action of the example, its steps run as the runner does it.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {readPart} from '../../lib/config/structured.js';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample} from '../helpers/examples.js';
import {makeGolden} from '../helpers/golden.js';
import type {Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {follow} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('github actions');

interface ActionStep {
  readonly id?: string;
  readonly if?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

interface Job {
  readonly workspace: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly steps: readonly ActionStep[];
}

/** The workflow's job, checked out. */
async function checkOut(t: Sandbox): Promise<Job> {
  const workspace = copyExample(t, 'github-actions');
  const read = async (word: string): Promise<unknown> => (await readPart(word, workspace)).data;
  const path = '.github/workflows/test.yml:jobs.test.steps';
  const [, use] = (await read(path)) as {uses: string; with: Record<string, string>}[];
  const action = `${use?.uses ?? ''}/action.yml`;
  const declared = (await read(`${action}:inputs`)) as Record<string, {default?: string}>;
  const defaults = Object.entries(declared).map(([name, input]) => [name, input.default ?? '']);
  const given: unknown = {...Object.fromEntries(defaults), ...use?.with};
  const steps = (await read(`${action}:runs.steps`)) as ActionStep[];
  return {workspace, inputs: given as Job['inputs'], steps};
}

/** Does the steps one by one, those after a failure only if they always are done; the results of those that were. */
async function runAction(
  t: Sandbox,
  {workspace, inputs, steps}: Job,
  shell: readonly string[] = [],
): Promise<Result[]> {
  const outputs: Record<string, Record<string, string>> = {};
  const results: Result[] = [];
  for (const [n, step] of steps.entries()) {
    const hasFailed = results.some(({status}) => status !== 0);
    if (hasFailed && step.if !== 'always()') continue;
    const files = Object.fromEntries(
      ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'].map((name) => [
        name,
        t.write(`runner/${name}-${String(n)}`, ''),
      ]),
    );
    const meaning = (expression: string): string => {
      const [kind, name = '', , key = ''] = expression.split('.');
      return (kind === 'inputs' ? inputs[name] : outputs[name]?.[key]) ?? '';
    };
    const own = Object.entries(step.env).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => meaning(expression)),
    ]);
    const env = {...t.env, ...files, CI: 'true', GITHUB_WORKSPACE: workspace};
    const line = ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail'];
    const words = [...shell, ...line, t.write('runner/script.sh', step.run)];
    const options = {cwd: workspace, env: {...env, ...(Object.fromEntries(own) as typeof env)}};
    results.push(await t.run('env', words, options));
    const written = readFileSync(files['GITHUB_OUTPUT'] ?? '', 'utf8').matchAll(/^(\w+)=(.*)$/gm);
    const output: Record<string, string> = {};
    for (const [, key = '', value = ''] of written) output[key] = value;
    outputs[step.id ?? ''] = output;
  }
  return results;
}

const inUse = (t: Sandbox): Promise<string> => succeed(t, 'status --query in-use tests');

const places: Readonly<Record<string, (t: Sandbox) => void>> = {
  'this machine': (t) => {
    configure(t, 'place', 'type=local');
  },
  chroots: (t) => {
    if (process.getuid?.() !== 0) t.skip('needs root');
    makeGolden(t, `${t.dir}/golden`);
    configure(t, 'place', 'type=chroot', `root=${t.dir}/golden`);
  },
};

for (const [place, prepare] of Object.entries(places)) {
  test(`the action runs its script in instances of ${place}, as without`, async (t) => {
    prepare(t);
    configure(t, 'tests', 'type=pool', 'sources=place');
    t.write('config/sources/tests/allocate.d/noise', '#!/bin/sh\necho words\n', 0o755);
    const job = await checkOut(t);
    const results = await runAction(t, job);
    for (const {status, stderr} of results) assert.is(status, 0, stderr);
    const printed = results.map(({stdout}) => stdout);
    assert.equal(printed, ['', 'testing in tests-0\n', ''], 'what hooks print goes to stderr');
    assert.is(readFileSync(`${job.workspace}/results`, 'utf8'), 'ok 1\n', 'the results come back');
    assert.is(await inUse(t), '0\n');
    const here = await t.run('sh', ['-e', '-c', job.inputs['run'] ?? ''], {cwd: job.workspace});
    assert.equal([here.status, here.stdout], [0, 'testing in \n']);
  });
}

test('a script that fails has the action fail with its status, and the instance come back', async (t) => {
  configure(t, 'tests', 'type=sim');
  const job = await checkOut(t);
  writeFileSync(`${job.workspace}/run-tests`, 'echo half >half; exit 7\n');
  const results = await runAction(t, job);
  assert.equal(
    results.map(({status}) => status),
    [0, 7, 0],
  );
  assert.ok(existsSync(`${job.workspace}/half`));
  assert.is(await inUse(t), '0\n');
});

test('without an instance it fails, and releases none', async (t) => {
  configure(t, 'tests', 'type=sim', 'maximum=1');
  await succeed(t, 'acquire -s tests');
  const {inputs, ...job} = await checkOut(t);
  const results = await runAction(t, {...job, inputs: {...inputs, wait: '1ms'}});
  assert.equal(
    results.map(({status}) => status),
    [12, 0],
  );
  assert.is(await inUse(t), '1\n');
});

test('its steps can be done by hand', async (t) => {
  configure(t, 'tests', 'type=local');
  const {workspace} = await checkOut(t);
  await follow(t, 'man/crcache-github-actions.7', workspace);
});

test('a runner that is killed leaves nothing in use after gc', async (t) => {
  configure(t, 'tests', 'type=sim');
  const {steps, ...job} = await checkOut(t);
  await runAction(t, {...job, steps: steps.slice(0, 1)}, ['sh', '-c', '"$@"; kill -9 $$', 'sh']);
  assert.is(await inUse(t), '1\n');
  await succeed(t, 'gc');
  assert.is(await inUse(t), '0\n');
});
