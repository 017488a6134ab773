// The manual is executed: what its pages show of a shell is typed and compared. Those of clients that need more than a
// user who is new here are followed by the tests in test/clients, beside all else about the client, and the README is
// where the package is installed, by test/package.test.ts.

import * as assert from 'uvu/assert';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {beNewHere, follow, sessionOf} from './helpers/sessions.js';
import {repository} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';

const test = suite('the manual');

const documents = ['man/crcache-tutorial.7', 'man/crcache-json.7'];

for (const document of documents) {
  test(`${document} shows what happens`, {timeLimitMs: 120_000}, async (t) => {
    beNewHere(t);
    await follow(t, document, t.env['HOME'] ?? '');
  });
}

test('the README leads to what is there', () => {
  const readme = readFileSync(`${repository}/README.md`, 'utf8');
  const linked = [...readme.matchAll(/\]\((?!https?:)([^)]*)\)/g)].map(([, path = '']) => path);
  assert.ok(linked.length > 0);
  for (const path of linked) assert.ok(existsSync(`${repository}/${path}`), path);
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
