import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {succeed} from '../helpers/configured.js';
import {runTwice} from '../helpers/ready-made.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('hooks that bring a source tree');

/** A repository with one commit, and a file each that is changed, not committed and ignored. */
async function makeRepository(t: Sandbox): Promise<string> {
  const git = async (...words: readonly string[]): Promise<void> => {
    const identity = ['-c', 'user.name=x', '-c', 'user.email=x@y'];
    const {status, stderr} = await t.run('git', ['-C', `${t.dir}/tree`, ...identity, ...words]);
    assert.is(status, 0, stderr);
  };
  t.write('tree/kept', 'committed\n');
  t.write('tree/.gitignore', 'ignored\n');
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '--message=one');
  t.write('tree/kept', 'changed\n');
  t.write('tree/new', 'new\n');
  t.write('tree/ignored', 'ignored\n');
  return `${t.dir}/tree`;
}

for (const {set, kept, names} of [
  {set: 'source-tree-rsync', kept: 'changed\n', names: ['.gitignore', 'kept', 'new']},
  {set: 'source-tree-archive', kept: 'committed\n', names: ['.gitignore', 'kept']},
  {set: 'source-tree-worktree', kept: 'committed\n', names: ['.git', '.gitignore', 'kept']},
]) {
  test(`${set} brings the tree, anew each time, and takes it away`, async (t) => {
    t.needs('git', 'rsync', 'run-parts');
    const tree = await makeRepository(t);
    await succeed(t, 'acquire -s local');
    const there = `${t.dir}/there/tree`;
    const env = {CRCACHE_PWD: tree, DESTINATION: there};
    await runTwice(t, `${set}/allocate.d`, {env});
    assert.equal(readdirSync(there).sort(), names);
    assert.is(readFileSync(`${there}/kept`, 'utf8'), kept);
    // What was done there is undone by the next allocation.
    writeFileSync(`${there}/kept`, 'damaged\n\n');
    writeFileSync(`${there}/built`, '');
    writeFileSync(`${there}/ignored`, '');
    await runTwice(t, `${set}/allocate.d`, {env});
    assert.equal(readdirSync(there).sort(), names);
    assert.is(readFileSync(`${there}/kept`, 'utf8'), kept);
    await runTwice(t, `${set}/release.d`, {env});
    assert.is(existsSync(there), false);
    const {stdout} = await t.run('git', ['-C', tree, 'worktree', 'list']);
    assert.is(stdout.split('\n').length, 2, stdout);
    // One that was removed by hand is in nobody's way.
    await runTwice(t, `${set}/allocate.d`, {env});
    rmSync(there, {recursive: true});
    await runTwice(t, `${set}/allocate.d`, {env});
    await runTwice(t, `${set}/release.d`, {env});
  });
}
