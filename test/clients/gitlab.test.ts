// GitLab Runner: the stages of its custom executor, called as the runner does it for a job.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {startTimeOf} from '../../lib/processes.js';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample} from '../helpers/examples.js';
import {makeGolden} from '../helpers/golden.js';
import {until} from '../helpers/held.js';
import {findMarked} from '../helpers/left-over.js';
import type {Result, RunOptions} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {beNewHere, follow} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('gitlab runner');

const failure = {build: 81, system: 82};

/** One job, as the runner that reads the example's config.toml does it. */
class Job {
  readonly directory: string;
  readonly #t: Sandbox;
  readonly #config: string;

  constructor(t: Sandbox, name = 'job') {
    this.#t = t;
    const example = existsSync(`${t.dir}/gitlab`) ? `${t.dir}/gitlab` : copyExample(t, 'gitlab');
    this.#config = readFileSync(`${example}/config.toml`, 'utf8');
    this.directory = `${t.dir}/${name}`;
    mkdirSync(this.directory);
  }

  stage(stage: string, more: readonly string[] = [], options: RunOptions = {}): Promise<Result> {
    const [program = '', ...words] = this.command(stage);
    const {directory: cwd, env} = this;
    return this.#t.run(program, [...words, ...more], {cwd, env, ...options});
  }

  /** What config.toml says of a stage. */
  command(stage: string): string[] {
    const value = (key: string): string =>
      new RegExp(`^ +${stage}_${key} = (.*)$`, 'm').exec(this.#config)?.[1] ?? '';
    return JSON.parse(`[${value('exec')}, ${value('args').slice(1)}`) as string[];
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return {
      ...this.#t.env,
      TMPDIR: this.directory,
      BUILD_FAILURE_EXIT_CODE: String(failure.build),
      SYSTEM_FAILURE_EXIT_CODE: String(failure.system),
      BUILD_EXIT_CODE_FILE: this.exitCodeFile,
      CUSTOM_ENV_CI_JOB_ID: '1',
    };
  }

  get exitCodeFile(): string {
    return `${this.directory}/build_exit_code`;
  }

  runScript(text: string, options?: RunOptions): Promise<Result> {
    return this.stage('run', [this.#script(text), 'build_script'], options);
  }

  /** The same script, as an executor of the runner's own does it. */
  runHere(text: string): Promise<Result> {
    return this.#t.run('sh', ['-c', 'exec bash <"$0"', this.#script(text)], {cwd: this.directory});
  }

  #script(text: string): string {
    const file = `${this.directory}/script`;
    writeFileSync(file, `#!/usr/bin/env bash\ntrap exit 1 TERM\nset -o errexit\n${text}\n`);
    return file;
  }
}

const inUse = (t: Sandbox): Promise<string> => succeed(t, 'status --query in-use tests');

const places: Readonly<Record<string, (t: Sandbox) => void>> = {
  'this machine': (t) => {
    configure(t, 'place', 'type=local', 'maximum=2');
  },
  'chroots without bash': (t) => {
    if (process.getuid?.() !== 0) t.skip('needs root');
    makeGolden(t, `${t.dir}/golden`);
    configure(t, 'place', 'type=chroot', `root=${t.dir}/golden`, 'maximum=2');
  },
};

for (const [place, prepare] of Object.entries(places)) {
  test(`a job has the same results in instances of ${place} as without`, async (t) => {
    prepare(t);
    configure(t, 'tests', 'type=pool', 'sources=place');
    for (const phase of ['provision', 'allocate', 'release']) {
      const noise = `#!/bin/sh\necho "words of ${phase}"\n`;
      t.write(`config/sources/tests/${phase}.d/noise`, noise, 0o755);
      t.write(`config/sources/tests/${phase}.d/skipped`, noise); // which is warned of
    }
    const job = new Job(t);
    const config = await job.stage('config');
    assert.equal(JSON.parse(config.stdout), {
      driver: {name: 'crcache', version: '0.1.0'},
      builds_dir_is_shared: true,
    });
    const prepared = await job.stage('prepare');
    assert.is(prepared.status, 0, prepared.stderr);
    assert.is(prepared.stdout, 'Using instance tests-0...\n');
    assert.match(prepared.stderr, /words of allocate/);

    for (const script of [
      'echo out; echo err >&2; cd /; pwd',
      'printf "%s|" "a  b" "it\'s" "*/%" | tr / x',
      ...[7, 124, 125, 255].map((status) => `echo before; exit ${String(status)}`),
    ]) {
      const here = await job.runHere(script);
      const there = await job.runScript(script);
      assert.equal([there.stdout, there.stderr], [here.stdout, here.stderr], script);
      assert.is(there.status, here.status === 0 ? 0 : failure.build, script);
      if (here.status === 0) continue;
      const code = here.status === 125 ? 1 : here.status;
      assert.is(readFileSync(job.exitCodeFile, 'utf8'), `${String(code)}\n`, script);
    }
    const inside = await job.runScript('echo "$CRCACHE_INSTANCE"');
    assert.is(inside.stdout, 'tests-0\n');

    const cleaned = await job.stage('cleanup');
    assert.equal([cleaned.status, cleaned.stdout], [0, '']);
    assert.is(await inUse(t), '0\n');
  });
}

test("what fails but the job's script is a failure of the system", async (t) => {
  configure(t, 'tests', 'type=sim', 'maximum=1');
  const words = await new Job(t, 'wrong').stage('run', ['only one']);
  assert.is(words.status, failure.system);
  assert.match(words.stderr, /no such stage.*\nhint: usage/);

  const early = new Job(t, 'early');
  const unprepared = await early.runScript('true');
  assert.is(unprepared.status, failure.system);
  assert.match(unprepared.stderr, /'crcache-gitlab prepare'/);
  assert.is((await early.stage('cleanup')).status, 0);

  const job = new Job(t, 'first');
  assert.is((await job.stage('prepare')).status, 0);
  const late = new Job(t, 'late');
  const [program = '', ...rest] = late.command('prepare').filter((word) => word !== '--wait=10m');
  const refused = await t.run(program, rest, {cwd: late.directory, env: late.env});
  assert.is(refused.status, failure.system);
  assert.match(refused.stderr, /tests-0 is held by/);
  assert.is((await late.stage('cleanup')).status, 0);
  assert.is(await inUse(t), '1\n');

  // Somebody takes it away, and another gets it.
  await succeed(t, 'release tests-0');
  await succeed(t, 'acquire -s tests');
  const lost = await job.runScript('echo wrong place');
  assert.equal([lost.status, lost.stdout], [failure.system, '']);
  await job.stage('cleanup');
  assert.is(await inUse(t), '1\n');
});

test('all that was got is given back, however often a stage is called', async (t) => {
  configure(t, 'tests', 'type=sim');
  const job = new Job(t);
  assert.is((await job.stage('prepare', ['2'])).status, 0);
  assert.is((await job.stage('prepare')).status, 0);
  assert.is(await inUse(t), '1\n');
  const missing = await job.stage('run', [`${t.dir}/missing`, 'build_script']);
  assert.is(missing.status, failure.system);
  assert.match(missing.stderr, /^crcache: cannot read the script '.*missing'\n$/);
  for (const _ of [1, 2]) {
    const {status, stdout, stderr} = await job.stage('cleanup');
    assert.equal([status, stdout, stderr], [0, '', '']);
  }
  assert.is(await inUse(t), '0\n');
  const env = {...job.env, TMPDIR: undefined};
  const {status, stderr} = await job.stage('prepare', [], {env});
  assert.is(status, failure.system);
  assert.match(stderr, /^crcache: TMPDIR, .* is not set\n$/);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a job that is cancelled by ${signal} leaves nothing`, async (t) => {
    configure(t, 'tests', 'type=sim');
    const job = new Job(t);
    await job.stage('prepare');
    let pid = 0;
    const run = job.runScript(`echo >${t.dir}/started; MARK=${t.dir} sleep 98765`, {
      onStart: (child) => (pid = child.pid ?? 0),
    });
    await until(() => existsSync(`${t.dir}/started`), 'the script runs');
    process.kill(-pid, signal);
    await until(() => startTimeOf(pid) === undefined, 'the stage has ended');
    // A bash that is just starting a program may not have heard: what is left then, and holds outputs, cleanup ends.
    assert.is((await job.stage('cleanup')).status, 0);
    assert.is.not((await run).status, 0);
    assert.equal(findMarked(`MARK=${t.dir}`), []);
    assert.is(await inUse(t), '0\n');
  });
}

test('a runner that is killed leaves nothing in use after gc', async (t) => {
  configure(t, 'tests', 'type=sim');
  const {directory: cwd, env} = new Job(t);
  await t.run('sh', ['-c', 'crcache-gitlab prepare -s tests; kill -9 $$'], {cwd, env});
  assert.is(await inUse(t), '1\n');
  await succeed(t, 'gc');
  assert.is(await inUse(t), '0\n');
});

test('its stages can be called by hand', async (t) => {
  beNewHere(t);
  await follow(t, 'man/crcache-gitlab.7', t.dir);
});
