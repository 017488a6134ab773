// Executes the rules of the architecture: on the code, which keeps them, and on planted code, which
// shows that each of them can fail.

import * as assert from 'uvu/assert';
import {describeViolations, rules} from './helpers/architecture/rules.js';
import {readSources, sourceFrom} from './helpers/architecture/source.js';
import {suite} from './helpers/suite.js';

const test = suite('the architecture');

const sources = readSources('cmd', 'lib');

for (const rule of rules) {
  test(rule.name, () => {
    const violations = rule.check(sources);
    assert.is(violations.length, 0, describeViolations(rule, violations));
  });
}

test('the rules see all of the code', () => {
  const files = sources.map(({file}) => file);
  for (const file of ['cmd/main.ts', 'cmd/help.ts', 'lib/files.ts', 'lib/cli/parse.ts']) {
    assert.ok(files.includes(file), file);
  }
});

/** The program, the library, and what writes the manual. */
const beginnings = ['cmd/main.ts', 'lib/index.ts', 'lib/cli/man-source-conf.ts'];

test('each other file is imported by one of them', () => {
  const imported = sources.flatMap(({imports}) => imports.map(({target}) => target));
  const used = new Set([...beginnings, ...imported]);
  assert.equal(
    sources.map(({file}) => file).filter((file) => !used.has(file)),
    [],
  );
});

/** Files that break a rule, each by itself, and what is said of it. */
type Planted = readonly (readonly [file: string, text: string, violation: string])[];

const planted: Readonly<Record<string, Planted>> = {
  'a file imports only from the layers below it': [
    ['cmd/acquire.ts', `import './help.js'`, 'cmd/acquire.ts:1: imports cmd/help.ts'],
    ['cmd/acquire.ts', `import '../lib/files.js'`, 'cmd/acquire.ts:1: imports lib/files.ts'],
    ['cmd/acquire.ts', `import '../lib/store/a.js'`, 'cmd/acquire.ts:1: imports lib/store/a.ts'],
    ['lib/cli/a.ts', `\nimport '../../cmd/help.js'`, 'lib/cli/a.ts:2: imports cmd/help.ts'],
    ['lib/cli/a.ts', `import '../operation/b.js'`, 'lib/cli/a.ts:1: imports lib/operation/b.ts'],
    ['lib/operation/a.ts', `import '../cli/b.js'`, 'lib/operation/a.ts:1: imports lib/cli/b.ts'],
    ['lib/store/a.ts', `import '../hook/b.js'`, 'lib/store/a.ts:1: imports lib/hook/b.ts'],
    ['lib/store/a.ts', `export * from '../hook/b.js'`, 'lib/store/a.ts:1: imports lib/hook/b.ts'],
    ['lib/store/a.ts', `await import('../hook/b.js')`, 'lib/store/a.ts:1: imports lib/hook/b.ts'],
    [
      'lib/store/a.ts',
      `type A = import('../hook/b.js').B`,
      'lib/store/a.ts:1: imports lib/hook/b.ts',
    ],
    [
      'lib/store/a.ts',
      `import type {B} from '../hook/b.js'`,
      'lib/store/a.ts:1: imports lib/hook/b.ts',
    ],
    ['lib/files.ts', `import './exec.js'`, 'lib/files.ts:1: imports lib/exec.ts'],
    ['lib/errors.ts', `import './files.js'`, 'lib/errors.ts:1: imports lib/files.ts'],
    ['lib/cli/a.ts', `import '../index.js'`, 'lib/cli/a.ts:1: imports lib/index.ts'],
    ['lib/utils.ts', ``, 'lib/utils.ts: belongs to no layer'],
  ],
  'each package has one door': [
    ['lib/store/a.ts', `import yargs from 'yargs'`, 'lib/store/a.ts:1: imports yargs'],
    ['lib/store/a.ts', `import 'yargs/helpers'`, 'lib/store/a.ts:1: imports yargs/helpers'],
    ['lib/cli/a.ts', `await import('execa')`, 'lib/cli/a.ts:1: imports execa'],
    ['lib/cli/a.ts', `import 'node:fs'`, 'lib/cli/a.ts:1: imports node:fs'],
    ['lib/store/a.ts', `import 'node:fs/promises'`, 'lib/store/a.ts:1: imports node:fs/promises'],
    ['lib/store/a.ts', `import 'fs'`, 'lib/store/a.ts:1: imports fs'],
    ['lib/hook/a.ts', `import 'node:child_process'`, 'lib/hook/a.ts:1: imports node:child_process'],
    ['lib/store/a.ts', `import 'fs-extra'`, 'lib/store/a.ts:1: imports fs-extra'],
    ['lib/store/a.ts', `import 'proper-lockfile'`, 'lib/store/a.ts:1: imports proper-lockfile'],
    ['lib/store/a.ts', `import 'ini'`, 'lib/store/a.ts:1: imports ini'],
    ['lib/store/a.ts', `import 'yaml'`, 'lib/store/a.ts:1: imports yaml'],
    ['lib/store/a.ts', `import 'lodash'`, 'lib/store/a.ts:1: imports lodash'],
    ['lib/store/a.ts', `require('execa')`, 'lib/store/a.ts:1: imports execa'],
    ['cmd/main.ts', `import 'node:process'`, 'cmd/main.ts:1: imports node:process'],
  ],
  'there is no cycle of imports': [
    ['lib/cli/a.ts', `import './a.js'`, 'lib/cli/a.ts -> lib/cli/a.ts'],
  ],
  'nothing below cmd/main.ts uses process or console': [
    ['lib/cli/a.ts', `process.exit(1)`, 'lib/cli/a.ts:1: uses process'],
    ['lib/cli/a.ts', `const {env} = process`, 'lib/cli/a.ts:1: uses process'],
    ['lib/cli/a.ts', `globalThis.process.exit(1)`, 'lib/cli/a.ts:1: uses globalThis'],
    ['lib/cli/a.ts', `a();\nconsole.log('a')`, 'lib/cli/a.ts:2: uses console'],
    ['cmd/help.ts', `process.exitCode = 1`, 'cmd/help.ts:1: uses process'],
    ['cmd/main.ts', `console.log('a')`, 'cmd/main.ts:1: uses console'],
  ],
  'there are no default exports': [
    ['lib/cli/a.ts', `export default function a() {}`, 'lib/cli/a.ts:1: has a default export'],
    ['lib/cli/a.ts', `export default 1`, 'lib/cli/a.ts:1: has a default export'],
    ['lib/cli/a.ts', `export {a as default}`, 'lib/cli/a.ts:1: has a default export'],
  ],
  'files have at most 250 lines and functions at most 60': [
    ['lib/cli/a.ts', 'a()\n'.repeat(251), 'lib/cli/a.ts: has 251 lines'],
    [
      'lib/cli/a.ts',
      `const a = () => {\n${'b()\n'.repeat(59)}}`,
      'lib/cli/a.ts:1: has a function of 61 lines',
    ],
  ],
  'functions have at most three parameters': [
    ['lib/cli/a.ts', `function a(b, c, d, e) {}`, 'lib/cli/a.ts:1: has a function of 4 parameters'],
    [
      'lib/cli/a.ts',
      `class A { a(b, c, d, e) {} }`,
      'lib/cli/a.ts:1: has a function of 4 parameters',
    ],
  ],
};

test('each rule has planted code that breaks it', () => {
  assert.equal(
    rules.map(({name}) => name),
    Object.keys(planted),
  );
});

for (const rule of rules) {
  test(`fails where this is broken: ${rule.name}`, () => {
    for (const [file, text, violation] of planted[rule.name] ?? []) {
      assert.equal(rule.check([sourceFrom(file, text)]), [violation], text);
    }
  });
}

test('a cycle is found through several files, and once', () => {
  const [cycles] = rules.filter(({name}) => name.includes('cycle'));
  const code = [
    sourceFrom('lib/cli/a.ts', `import {b} from './b.js'`),
    sourceFrom('lib/cli/b.ts', `import './c.js'`),
    sourceFrom('lib/cli/c.ts', `await import('./b.js')`),
  ];
  assert.equal(cycles?.check(code), ['lib/cli/b.ts -> lib/cli/c.ts -> lib/cli/b.ts']);
});

test('types may know each other, and a part may be called process', () => {
  const code = [
    sourceFrom('lib/cli/a.ts', `import type {B} from './b.js'; a.process({process: 1, console});`),
    sourceFrom('lib/cli/b.ts', `import type {A} from './a.js'`),
  ];
  const broken = rules.flatMap(({check}) => check(code));
  assert.equal(broken, ['lib/cli/a.ts:1: uses console']);
});

test('a failure says why there is the rule', () => {
  for (const rule of rules) {
    const message = describeViolations(rule, ['lib/a.ts:1: is wrong']);
    assert.is(message, `${rule.name}: ${rule.reason}\n    lib/a.ts:1: is wrong`);
  }
});
