// The manual is executed: what its pages show of a shell is typed and compared. Those of clients that need more than a
// user who is new here are followed by the tests in test/clients, beside all else about the client, and the README is
// where the package is installed, by test/package.test.ts.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {beNewHere, follow, sessionOf} from './helpers/sessions.js';
import {repository} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('the manual');

const documents = ['man/crcache-tutorial.7', 'man/crcache-json.7'];

/** A page without the signs of roff in it. */
const plainText = (file: string): string =>
  readFileSync(`${repository}/${file}`, 'utf8').replace(/\\f[A-Z]|\\/g, '');

for (const document of documents) {
  test(`${document} shows what happens`, {timeLimitMs: 120_000}, async (t) => {
    beNewHere(t);
    await follow(t, document, t.env['HOME'] ?? '');
  });
}

test('the tutorial goes on from quickstart', {timeLimitMs: 120_000}, async (t) => {
  beNewHere(t);
  const shown = await t.run('crcache', ['quickstart']);
  const input = shown.stdout.replaceAll(/^(?! {3}).*\n/gm, '');
  assert.match(input, 'crcache init pool');
  assert.is((await t.run('sh', ['-eu'], {input})).status, 0);
  await follow(t, 'man/crcache-tutorial.7', t.env['HOME'] ?? '');
});

test('the README leads to what is there', () => {
  const readme = readFileSync(`${repository}/README.md`, 'utf8');
  const linked = [...readme.matchAll(/\]\((?!https?:)([^)]*)\)/g)].map(([, path = '']) => path);
  assert.ok(linked.length > 0);
  for (const path of linked) assert.ok(existsSync(`${repository}/${path}`), path);
});

test('the map names files that are there', () => {
  const map = readFileSync(`${repository}/lib/README.md`, 'utf8');
  const named = [...map.matchAll(/`([a-z][a-z/.-]*\.(?:test\.)?(?:ts|mjs|md))`/g)].map(
    ([, name]) => name,
  );
  const files = ['.config', 'cmd', 'lib', 'test'].flatMap((top) =>
    readdirSync(`${repository}/${top}`, {recursive: true, encoding: 'utf8'}).map(
      (file) => `/${top}/${file}`,
    ),
  );
  const lacking = named.filter((name = '') => !files.some((file) => file.endsWith(`/${name}`)));
  assert.equal(lacking, []);
  assert.ok(named.length > 100);
});

test('each name that the library exports is told of', () => {
  const library = readFileSync(`${repository}/lib/index.ts`, 'utf8');
  const own = [...library.matchAll(/^export (?:async )?(?:function|const|interface|type) (\w+)/gm)];
  const lists = [...library.matchAll(/^export (?:type )?\{([^}]*)\}/gm)];
  const names = [
    ...own.map(([, name]) => name),
    ...lists.flatMap(([, list = '']) => list.split(',')),
  ];
  const words = names.map((name = '') => name.replace(/\btype\b/, '').trim());
  const pages = ['library', 'streams'].map((page) => `${repository}/man/crcache-${page}.7`);
  const text = pages.map((page) => readFileSync(page, 'utf8')).join('');
  const untold = words.filter((word) => !new RegExp(`\\b${word}\\b`).test(text));
  assert.equal(untold, []);
  assert.ok(words.includes('openCache') && words.includes('StatusRow'));
});

test('crcache(1) leads to each page that is no command', () => {
  const page = plainText('man/crcache.1');
  for (const name of readdirSync(`${repository}/man`).filter((name) => /\.[57]$/.test(name))) {
    const [, title = '', section = ''] = /^(.*)\.([57])$/.exec(name) ?? [];
    assert.ok(page.includes(`${title} (${section})`), name);
  }
});

test('crcache-store(5) tells of each file that is made', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, p: {type: 'pool', sources: 's', import: t.dir}});
  const hooks = `${world.root}/config/sources/p/allocate.d`;
  mkdirSync(hooks);
  writeFileSync(`${hooks}/10-note`, '#!/bin/sh\necho note\n', {mode: 0o700});
  await world.must('acquire', '-s', 'p');
  await world.must('run', '--log', 'p-0', 'true');
  await world.must('run', '-d', 'p-0', 'true');
  await world.must('wait', 'p-0/1');
  await world.must('cp', `${hooks}/10-note`, 'p-0:');
  const page = plainText('man/crcache-store.5');
  const told = [...page.matchAll(/^\.TP\n(.*)$/gm)].map(([, term]) => term).join('\n');
  const {state} = world;
  const sources = ['s', 'p'].map((name) => `${state}/sources/${name}`);
  const directories = [
    state,
    ...sources,
    ...sources.flatMap((source) =>
      readdirSync(`${source}/instances`).map((name) => `${source}/instances/${name}`),
    ),
  ];
  const names = directories.flatMap((directory) => readdirSync(directory));
  assert.ok(names.includes('jobs') && names.includes('hooks.log') && names.includes('imports'));
  await world.must('release', '--all');
  assert.equal([...new Set(names.filter((name) => !told.includes(name)))], []);
});

test('each page of a client shows a session', () => {
  for (const name of readdirSync(`${repository}/test/examples`)) {
    assert.ok(sessionOf(`man/crcache-${name}.7`).length > 0, name);
  }
});

test('each session of the manual is followed by a test', () => {
  const clients = readdirSync(`${repository}/test/clients`).map((file) =>
    readFileSync(`${repository}/test/clients/${file}`, 'utf8'),
  );
  const pages = readdirSync(`${repository}/man`).map((page) => `man/${page}`);
  const shown = pages.filter((page) => page.endsWith('.7') && sessionOf(page).length > 0);
  for (const page of shown.filter((each) => !documents.includes(each))) {
    assert.ok(
      clients.some((text) => text.includes(`follow(t, '${page}'`)),
      `no test of test/clients follows ${page}`,
    );
  }
});
