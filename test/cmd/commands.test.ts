import * as assert from 'uvu/assert';
import {commands} from '../../cmd/table.js';
import {runCaptured, type Captured} from '../helpers/captured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('commands');

/** Runs it where the PATH has one extension, one type, and a program that a command hides. */
function list(t: Sandbox, ...options: readonly string[]): Promise<Captured> {
  t.write('bin/crcache-greet', '#!/bin/sh\n', 0o700);
  t.write('bin/crcache-source-moon', '#!/bin/sh\n', 0o700);
  t.write('bin/crcache-help', '#!/bin/sh\n', 0o700);
  return runCaptured(['commands', ...options], {env: {PATH: `${t.dir}/bin`}});
}

const namesOf = (kind: string): readonly string[] =>
  commands.filter((command) => command.kind === kind).map(({name}) => name);

test('shows each command with its summary', async (t) => {
  const {stdout} = await list(t);
  for (const {name, summary} of commands) {
    assert.ok(
      stdout.split('\n').some((line) => line.trim().split(/ {2,}/).join() === `${name},${summary}`),
      name,
    );
  }
});

test('shows programs on the PATH with their path, after the commands', async (t) => {
  const {stdout} = await list(t);
  assert.match(
    stdout,
    new RegExp(`\n\nprograms on the PATH\n {3}greet +${t.dir}/bin/crcache-greet\n$`),
  );
});

test('shows no title above nothing', async () => {
  const {stdout} = await runCaptured(['commands']);
  assert.not.match(stdout, /programs on the PATH/);
});

test('--names prints all names, one a line', async (t) => {
  const names = [...commands.map(({name}) => name), 'greet'];
  assert.is((await list(t, '--names')).stdout, names.map((name) => `${name}\n`).join(''));
});

for (const kind of ['porcelain', 'plumbing']) {
  test(`--${kind} leaves only those`, async (t) => {
    const {stdout} = await list(t, `--${kind}`, '--names');
    assert.equal(stdout.split('\n').slice(0, -1), namesOf(kind));
  });
}

test('--json prints the same for programs', async (t) => {
  const {stdout} = await list(t, '--json');
  const entries = JSON.parse(stdout) as unknown[];
  assert.is(entries.length, commands.length + 1);
  assert.equal(entries[0], {
    name: commands[0]?.name,
    kind: commands[0]?.kind,
    summary: commands[0]?.summary,
    aliases: commands[0]?.aliases ?? [],
  });
  assert.equal(entries.at(-1), {
    name: 'greet',
    kind: 'extension',
    path: `${t.dir}/bin/crcache-greet`,
  });
});

test('--names and --json exclude each other', async (t) => {
  const {status, stderr} = await list(t, '--names', '--json');
  assert.is(status, 2);
  assert.match(stderr, /'--names' and option '--json' exclude each other/);
});
