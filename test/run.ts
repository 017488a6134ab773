// Runs the tests: `npm test`, or `npm test -- test/lib/cli` for those below some paths.
//
//   CRCACHE_TEST_JOBS   files that run at the same time (one more than there are processors: some wait for others)
//   CRCACHE_TEST_ALL=1  a test that lacks a program fails instead of being skipped
//   CRCACHE_TEST_KEEP   set: sandboxes of failing tests are kept
//   CRCACHE_TEST_SEED   repeats the chance that a failing test tells of
//   CRCACHE_TEST_ONLY   only the tests whose names have this in them, of the files that are named
//   CRCACHE_TEST_KIND   of the contract of all kinds of instances, only this kind is tested

import {readdirSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import path from 'node:path';
import {runFiles} from './helpers/run-files.js';
import {isAnotherRun} from './helpers/left-over.js';
import {repository} from './helpers/sandbox.js';
import {listThings} from './helpers/things.js';

const built = path.join(repository, '.build');

/** The files of tests that are one of these paths or below one; all, if there are none. */
function findTests(filters: readonly string[]): readonly string[] {
  const wanted = filters.map((filter) => path.normalize(filter).replace(/\/$|\.ts$/g, ''));
  return readdirSync(path.join(built, 'test'), {recursive: true, encoding: 'utf8'})
    .map((file) => path.join('test', file))
    .filter((file) => file.endsWith('.test.js'))
    .filter((file) => {
      const name = file.replace(/\.js$/, '');
      const isWanted = (filter: string): boolean =>
        name === filter || name === `${filter}.test` || name.startsWith(`${filter}/`);
      return wanted.length === 0 || wanted.some(isWanted);
    })
    .sort()
    .sort((left, right) => rankOf(left) - rankOf(right))
    .map((file) => path.join(built, file));
}

/** What takes longest starts first, so that no lane is left alone with it: the whole program, then instances. */
function rankOf(file: string): number {
  if (!/^test\/(cmd|lib)\//.test(file)) return 0;
  return /^test\/(cmd\/with|lib\/source\/)/.test(file) ? 1 : 2;
}

const isWell = await runFiles(findTests(process.argv.slice(2)), {
  jobs: Number(process.env['CRCACHE_TEST_JOBS'] ?? availableParallelism() + 1),
  // Each test has its own limit; this one ends a file that hangs. Killing at every step takes 300 s on a busy machine.
  fileLimitMs: 900_000,
  env: process.env,
  machine: {listThings, isShared: isAnotherRun},
  show: (text) => process.stdout.write(text),
  nameOf: (file) => path.relative(built, file).replace(/\.js$/, '.ts'),
});
process.exitCode = isWell ? 0 : 1;
