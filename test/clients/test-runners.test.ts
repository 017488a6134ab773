// Test runners that take a prefix: each runs what it runs in instances of a pool.

import * as assert from 'uvu/assert';
import {existsSync} from 'node:fs';
import {userInfo} from 'node:os';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample, useSystemPrograms} from '../helpers/examples.js';
import {makeUsrTree} from '../helpers/golden.js';
import {until} from '../helpers/held.js';
import {findLeftOver} from '../helpers/left-over.js';
import {killGroup} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {beNewHere, follow} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('test runners');

interface Runner {
  readonly needs: string;
  /** What it prints of the results, whatever else it does. */
  readonly results: RegExp;
}

const runners: Readonly<Record<string, Runner>> = {
  prove: {needs: 'prove', results: /^t\/.*ok$|^Files=\d+, Tests=\d+|^Result: .*/gm},
  make: {needs: 'make', results: /^(one|two) in tests-/gm},
  ctest: {needs: 'ctest', results: /Test #\d: \w+ \.+ +\w+|^\d+% tests passed.*/gm},
  npm: {needs: 'npm', results: /^> test$|failed|passed/gm},
  node: {needs: 'node', results: /^# (pass|fail|skipped) \d+/gm},
  cargo: {needs: 'cargo', results: /^test \w+ .*|^test result: \w+\. \d+ passed/gm},
  pytest: {needs: 'pytest-3', results: /\d+ (passed|failed)/gm},
};

function useRunners(t: Sandbox, ...programs: readonly string[]): void {
  t.needs(...programs);
  useSystemPrograms(t);
  // A cargo of rustup's looks for what it starts there, whatever HOME is while tests run.
  t.env['RUSTUP_HOME'] = process.env['RUSTUP_HOME'] ?? `${userInfo().homedir}/.rustup`;
}

function prepare(t: Sandbox, {needs}: Runner): string {
  useRunners(t, needs);
  configure(t, 'place', 'type=local', 'maximum=2');
  configure(t, 'tests', 'type=pool', 'sources=place');
  return copyExample(t, 'test-runners');
}

test('print what the manual shows', {timeLimitMs: 120_000}, async (t) => {
  useRunners(t, ...Object.values(runners).map(({needs}) => needs));
  beNewHere(t);
  await follow(t, 'man/crcache-test-runners.7', copyExample(t, 'test-runners'));
});

/** A crcache that does nothing but run the command. */
const without = `#!/bin/sh
[ "$1" = run ] && shift 2 || until [ "$1" = -- ]; do shift; done
[ "$1" = -- ] && shift
CRCACHE_INSTANCE=tests-0 CRCACHE_INSTANCES='tests-0 tests-1' exec "$@"
`;

for (const [name, runner] of Object.entries(runners)) {
  test(
    `${name} has the same results in instances as without`,
    {timeLimitMs: 120_000},
    async (t) => {
      const cwd = prepare(t, runner);
      t.write('config/sources/tests/allocate.d/noise', '#!/bin/sh\necho words\n', 0o755);
      const {status, stdout, stderr} = await t.run(`./with-${name}`, [], {cwd});
      assert.is(status, 0, stdout + stderr);
      assert.not.match(stdout, 'words');
      assert.is(await succeed(t, 'status --query in-use tests'), '0\n');
      t.write('without/crcache', without, 0o755);
      const env = {...t.env, PATH: `${t.dir}/without:${t.env['PATH'] ?? ''}`};
      const other = await t.run(`./with-${name}`, [], {cwd, env});
      assert.is(other.status, 0, other.stdout + other.stderr);
      const found = (text: string): string[] => (text.match(runner.results) ?? []).sort();
      assert.ok(found(stdout).length > 0, stdout);
      assert.equal(found(stdout), found(other.stdout));
    },
  );

  test(`${name} that is killed with all it started leaves nothing after gc`, async (t) => {
    const cwd = prepare(t, runner);
    const hang = t.write('hang', `#!/bin/sh\necho >${t.dir}/started\nexec sleep 98765\n`, 0o755);
    configure(t, 'tests', 'type=pool', 'sources=place', `run-wrapper=${hang}`);
    const env = {...t.env, MARK: t.dir};
    const run = t.run(`./with-${name}`, [], {
      cwd,
      env,
      onStart: (child) => {
        void until(() => existsSync(`${t.dir}/started`), 'a test runs').then(() => {
          killGroup(child);
        });
      },
    });
    assert.is((await run).signal, 'SIGKILL');
    await succeed(t, 'gc');
    assert.is(await succeed(t, 'status --query in-use tests'), '0\n');
    assert.equal(await findLeftOver(`MARK=${t.dir}`), []);
  });
}

test(
  'pytest brings the project where instances do not see it',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('pytest-3');
    if (process.getuid?.() !== 0) t.skip('needs root');
    useSystemPrograms(t);
    makeUsrTree(t, `${t.dir}/golden`);
    configure(t, 'place', 'type=chroot', `root=${t.dir}/golden`, 'import=/usr');
    configure(t, 'tests', 'type=pool', 'sources=place');
    const cwd = copyExample(t, 'test-runners');
    const {status, stdout, stderr} = await t.run('./with-pytest-rsync', [], {cwd});
    assert.is(status, 0, stdout + stderr);
    assert.match(stdout, /8 passed/);
    assert.is(await succeed(t, 'status --query in-use tests'), '0\n');
  },
);
