import {renameSync, symlinkSync} from 'node:fs';
import * as assert from 'uvu/assert';
import type {Configuration} from '../../../lib/config/sources.js';
import {suite} from '../../helpers/suite.js';
import {Tree} from './tree.js';

const test = suite('trust');

// The user of these tests is whoever runs them, and root where the test says so.
const ann = 1000;
const bob = 1001;

/** A project with the source `a`, all of it Ann's. */
function projectOfAnn(tree: Tree): void {
  tree.source('project', 'a', 'type=local');
  tree.write('project', 'sources/a/provision.d/10-make', '#!/bin/sh\n');
  tree.write('project', 'sources/a/helper', 'echo');
  tree.write('project', 'crcache.conf', 'default-source=a');
  for (const part of parts) tree.own('project', part, ann);
}

const parts = [
  ...['', 'crcache.conf', 'sources', 'sources/a', 'sources/a/source.conf', 'sources/a/provision.d'],
  'sources/a/provision.d/10-make',
  'sources/a/helper',
];

/** How this part of the project is refused. */
function assertRefused(tree: Tree, configuration: Configuration, message: RegExp): void {
  tree.fails(() => configuration.source('a'), {message, hint: /./});
  const {names, warnings} = configuration.names();
  assert.equal(names, ['local']);
  assert.is(warnings.length, 1);
  assert.match(warnings[0]?.what ?? '', message);
}

test("uses a project of the user's own", (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  const configuration = tree.configuration(ann);
  assert.is(configuration.source('a')?.name, 'a');
  assert.is(configuration.defaultSource(), 'a');
  assert.equal(configuration.names(), {names: ['a', 'local'], warnings: []});
});

test("uses what symlinks of the user's own lead to, where that is the system's", (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  symlinkSync('/bin/sh', `${tree.path('project')}/sources/a/provision.d/20-shell`);
  assert.is(tree.configuration(ann).source('a')?.name, 'a');
  tree.own('project', 'sources/a/helper', 0);
  tree.fails(() => tree.configuration(ann).source('a'), {message: /helper' belongs to .* uid 0/});
});

for (const part of parts) {
  test(`refuses a project whose '${part}' another user owns`, (t) => {
    const tree = new Tree(t);
    projectOfAnn(tree);
    tree.own('project', part, bob);
    assertRefused(tree, tree.configuration(ann), /belongs to another user, uid 1001/);
  });

  for (const mode of [0o775, 0o757]) {
    test(`refuses a project whose '${part}' has the mode ${mode.toString(8)}`, (t) => {
      const tree = new Tree(t);
      projectOfAnn(tree);
      tree.mode('project', part, mode);
      assertRefused(tree, tree.configuration(ann), /may be written to by other users/);
    });
  }
}

test('uses a project that a group may write to which has the user alone', (t) => {
  const daemon = 1;
  const tree = new Tree(t);
  projectOfAnn(tree);
  for (const part of parts) {
    tree.own('project', part, daemon);
    tree.mode('project', part, 0o775);
  }
  const group = (gid: number): void => {
    for (const part of parts) tree.own('project', part, {uid: daemon, gid});
  };
  const refusal = {message: /may be written to by other users/};
  group(daemon);
  assert.is(tree.configuration(daemon).source('a')?.name, 'a');
  group(0); // root's, whom daemon is not
  tree.fails(() => tree.configuration(daemon).source('a'), refusal);
  group(4711); // nobody knows who is in it
  tree.fails(() => tree.configuration(daemon).source('a'), refusal);
  group(daemon);
  tree.mode('project', 'sources', 0o777);
  tree.fails(() => tree.configuration(daemon).source('a'), refusal);
});

test('names the directory to list where another user owns it, and chmod where others may write', (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  const hint = new RegExp(`trusted-directories=${t.dir}/project$`);
  tree.fails(() => tree.configuration(bob).source('a'), {message: /uid 1000/, hint});
  tree.mode('project', '', 0o777);
  const run = new RegExp(`run: chmod -R go-w '${tree.path('project')}'`);
  tree.fails(() => tree.configuration(ann).source('a'), {message: /written/, hint: run});
});

for (const listed of ['project', 'project/.crcache', '~/project', '/none, ~/project/../project/']) {
  test(`uses a foreign project that the user lists as ${listed}`, (t) => {
    const tree = new Tree(t);
    projectOfAnn(tree);
    const path = listed.startsWith('project') ? `${t.dir}/${listed}` : listed;
    tree.write('user', 'crcache.conf', `trusted-directories=${path}`);
    const configuration = tree.configuration(bob);
    assert.is(configuration.source('a')?.name, 'a');
    assert.equal(configuration.names(), {names: ['a', 'local'], warnings: []});
  });
}

test('uses a listed project by a symlink, and does not take a list from the project itself', (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  tree.write('project', 'crcache.conf', `trusted-directories=${t.dir}/project`);
  tree.fails(() => tree.configuration(bob).source('a'), {message: /uid/});
  renameSync(`${t.dir}/project`, `${t.dir}/elsewhere`);
  symlinkSync('elsewhere', `${t.dir}/project`);
  tree.write('user', 'crcache.conf', `trusted-directories=${t.dir}/elsewhere`);
  assert.is(tree.configuration(bob).source('a')?.name, 'a');
});

test('never lets root use what is another user’s, listed or not, in whichever root', (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  tree.write('user', 'crcache.conf', `trusted-directories=${t.dir}/project`);
  tree.source('user', 'u', 'type=local');
  tree.own('user', 'sources/u', ann);
  const configuration = tree.configuration(0);
  for (const name of ['a', 'u']) {
    tree.fails(() => configuration.source(name), {message: /uid 1000/, hint: /^root uses no/});
  }
});

test('does not ask of a foreign project for a source that a root before it has', (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  tree.source('user', 'a', 'type=local\nreserve=1');
  tree.write('user', 'crcache.conf', 'default-source=a');
  const configuration = tree.configuration(bob);
  assert.is(configuration.source('a')?.settings.reserve, 1);
  assert.is(configuration.defaultSource(), 'a');
});

test('does not fall back to another source where a foreign project may mean its own', (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  tree.source('system', 'a', 'type=local');
  const configuration = tree.configuration(bob);
  tree.fails(() => configuration.defaultSource(), {message: /uid 1000/});
  tree.fails(() => configuration.source('a'), {message: /uid 1000/});
  assert.is(configuration.source('local')?.name, 'local');
});

test('takes a root by its path for what it is on the way there', (t) => {
  const tree = new Tree(t);
  projectOfAnn(tree);
  tree.write('user', 'crcache.conf', `trusted-directories=${t.dir}/project`);
  tree.source('user', 'u', 'type=local');
  tree.source('system', 's', 'type=local');
  tree.mode('user', 'sources/u', 0o775);
  const configuration = tree.configuration(bob);
  const at = (kind: 'user' | 'project' | 'system'): Configuration =>
    configuration.at(tree.path(kind));
  assert.is(at('system').source('s')?.name, 's', 'which is of root');
  assert.is(at('user').source('u')?.name, 'u', "the user's own, by a umask of 002");
  assert.is(at('project').source('a')?.name, 'a', 'which is listed');
  assert.is(at('project').source('u'), undefined);
  // What is not on the way is anybody's.
  tree.fails(() => configuration.at(`${t.dir}/user/../user`).source('u'), {message: /uid/});
});
