// What was changed in a copy of a directory, and in the directory itself, whatever it is: nothing is lost.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {mergeBack, type Conflict} from '../../../lib/copy/merge-back.js';
import {scanTree} from '../../../lib/copy/tree-state.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('merging back');

interface Change {
  /** Code of sh that makes the directory, before it is copied. */
  readonly first: string;
  /** What is done in the copy, and in the directory. */
  readonly theirs: string;
  readonly ours?: string;
}

/** Merges twice, as who takes over from a process that died does: nothing may change by the second time. */
function merge(t: Sandbox, {first, theirs, ours = ':'}: Change): readonly Conflict[] {
  const sh = (directory: string, code: string): void => {
    execFileSync('sh', ['-ec', code], {cwd: `${t.dir}/${directory}`});
  };
  mkdirSync(`${t.dir}/local`);
  sh('local', first);
  const base = scanTree(`${t.dir}/local`);
  execFileSync('cp', ['-a', `${t.dir}/local`, `${t.dir}/came`]);
  sh('came', theirs);
  sh('local', ours);
  const request = {
    local: `${t.dir}/local`,
    came: `${t.dir}/came`,
    base,
    suffix: '.s-0-x',
    apart: [],
    mayRemove: true,
  };
  const conflicts = mergeBack(request);
  const once = [...scanTree(request.local)];
  mergeBack(request);
  assert.equal([...scanTree(request.local)], once, 'called twice, it does the same once');
  return conflicts;
}

const read = (t: Sandbox, path: string): string => readFileSync(`${t.dir}/local/${path}`, 'utf8');

test('a file may become a directory, and a directory a file', (t) => {
  const conflicts = merge(t, {
    first: 'echo 1 >f; mkdir d; echo 1 >d/f; ln -s f l',
    theirs: 'rm -r f d l; mkdir -p f/g l; echo 2 >f/g/h; echo 2 >d; echo 2 >l/f',
  });
  assert.equal(conflicts, []);
  assert.equal([read(t, 'f/g/h'), read(t, 'd'), read(t, 'l/f')], ['2\n', '2\n', '2\n']);
});

test('a directory that cannot be where it was is kept beside, whole', (t) => {
  const conflicts = merge(t, {
    first: 'echo 1 >f; mkdir -p d/e; echo 1 >d/e/f',
    theirs: 'rm f; mkdir -p f/g; chmod 500 f/g; echo 2 >f/h; echo 2 >d/e/f; echo 2 >d/e/new',
    ours: 'echo 3 >f; rm -r d',
  });
  const kept = ['f.s-0-x', 'd-e-f.s-0-x', 'd-e-new.s-0-x'];
  assert.equal(conflicts.map((each) => each.kept).sort(), [...kept].sort());
  assert.equal(readdirSync(`${t.dir}/local`).sort(), ['f', ...kept].sort());
  assert.equal([read(t, 'f'), read(t, 'f.s-0-x/h')], ['3\n', '2\n']);
  assert.is(lstatSync(`${t.dir}/local/f.s-0-x/g`).mode & 0o777, 0o500);
  assert.equal(
    kept.slice(1).map((each) => read(t, each)),
    ['2\n', '2\n'],
  );
});

test('each that is kept has a name of its own, which nobody else has', (t) => {
  const [one, two] = ['1', '2'].map((each) => `${'n'.repeat(250)}${each}`) as [string, string];
  const conflicts = merge(t, {
    first: `mkdir d; echo 1 >d/e; echo 1 >d-e; echo 1 >${one}; echo 1 >${two}`,
    theirs: `echo theirs1 >d/e; echo theirs2 >d-e; echo theirs3 >${one}; echo theirs4 >${two}`,
    ours: `rm -r d; echo 2 >d-e; echo 2 >${one}; echo 2 >${two}; echo 3 >d-e.s-0-x`,
  });
  const kept = conflicts.map((each) => read(t, each.kept ?? ''));
  assert.equal(kept.sort(), ['theirs1\n', 'theirs2\n', 'theirs3\n', 'theirs4\n']);
  assert.is(read(t, 'd-e.s-0-x'), '3\n');
  assert.is(readdirSync(`${t.dir}/local`).length, 8);
});

test('what is new in a directory that was removed there stays, and so does what cannot be copied', (t) => {
  const conflicts = merge(t, {
    first: 'mkdir d; echo 1 >d/f; mkfifo p; mkfifo q',
    theirs: 'rm -r d p q; echo 2 >q; mkfifo r',
    ours: 'echo 3 >d/new',
  });
  assert.equal(readdirSync(`${t.dir}/local`).sort(), ['d', 'p', 'q']);
  assert.equal(readdirSync(`${t.dir}/local/d`), ['new']);
  assert.is(read(t, 'q'), '2\n');
  assert.equal(conflicts, []);
});

test('modes that let nobody write are no hindrance, and names may be long and of any bytes', (t) => {
  const long = 'n'.repeat(250);
  const odd = '$(printf "a\\377\\nb")';
  t.atEnd(() => execFileSync('chmod', ['-R', 'u+rwx', t.dir]));
  const conflicts = merge(t, {
    first: `mkdir d; echo 1 >d/f; echo 1 >d/g; chmod 500 d; echo 1 >${long}; mkdir "${odd}"`,
    theirs: `chmod 700 d; echo 2 >d/f; rm d/g; mkdir -p d/n; echo 2 >d/n/f; chmod 500 d/n; chmod 500 d
      echo 2 >${long}; echo 2 >"${odd}/${odd}"`,
    ours: `echo 3 >${long}`,
  });
  const {length} = readdirSync(`${t.dir}/local`, {encoding: 'buffer'});
  assert.equal([length, conflicts.length], [4, 1]);
  assert.is(read(t, conflicts[0]?.kept ?? ''), '2\n');
  assert.equal([read(t, 'd/f'), read(t, 'd/n/f')], ['2\n', '2\n']);
  assert.not(existsSync(`${t.dir}/local/d/g`));
  const modes = ['d', 'd/n'].map((each) => lstatSync(`${t.dir}/local/${each}`).mode & 0o777);
  assert.equal(modes, [0o500, 0o500]);
  chmodSync(`${t.dir}/local/d`, 0o700);
});
