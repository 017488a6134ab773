// From argv to a command that has run.

import * as assert from 'uvu/assert';
import type {Command} from '../../../lib/cli/command.js';
import {mayColour, type Context} from '../../../lib/cli/context.js';
import type {Arguments} from '../../../lib/cli/parse.js';
import {runProgram} from '../../../lib/cli/program.js';
import {CrcacheError} from '../../../lib/errors.js';
import {contextFrom} from '../../helpers/context.js';
import {suite} from '../../helpers/suite.js';

const test = suite('the program');

interface Call {
  readonly context: Context;
  readonly args: Arguments;
}

/** A command that notes how it is called. */
function planted(result: () => number | undefined = () => undefined): {
  readonly command: Command;
  readonly calls: Call[];
} {
  const calls: Call[] = [];
  const command: Command = {
    name: 'fetch',
    aliases: ['get'],
    kind: 'porcelain',
    summary: 'fetch things',
    description: [],
    operands: [{name: 'NAME', optional: true, summary: 'what to fetch'}],
    options: [],
    examples: [{line: 'crcache fetch', means: 'fetch'}],
    run: (context, args) => {
      calls.push({context, args});
      return Promise.resolve(result());
    },
  };
  return {command, calls};
}

test('runs a command by its name, and by its other name', async () => {
  for (const name of ['fetch', 'get']) {
    const {command, calls} = planted();
    assert.is(await runProgram(contextFrom({commands: [command]}), [name, 'pool-0']), 0);
    assert.equal(calls[0]?.args.operands, ['pool-0']);
  }
});

test('ends with the status that a command hands on', async () => {
  const {command} = planted(() => 137);
  assert.is(await runProgram(contextFrom({commands: [command]}), ['fetch']), 137);
});

test('lets the failure of a command through', async () => {
  const failure = new CrcacheError('exhausted', 'no instance is free');
  const {command} = planted(() => {
    throw failure;
  });
  const error = await failureOf(contextFrom({commands: [command]}), ['fetch']);
  assert.is(error, failure);
});

test('does not run a command whose words are wrong', async () => {
  const {command, calls} = planted();
  const error = await failureOf(contextFrom({commands: [command]}), ['fetch', '--xyzzy']);
  assert.is(error.message, "unknown option '--xyzzy' for 'crcache fetch'");
  assert.equal(calls, []);
});

test("gives the options before the command's name to the command", async () => {
  const {command, calls} = planted();
  const words = ['-q', '-v', '-s', 'pool', '--state-dir=/a', '--config-dir', '/b', 'fetch'];
  await runProgram(contextFrom({commands: [command], env: {LANG: 'C'}}), words);
  const [call] = calls;
  if (call === undefined) throw new Error('it did not run');
  const {context, args} = call;
  assert.is(args.value('source'), 'pool');
  assert.equal([context.isQuiet, context.isVerbose], [true, true]);
  assert.equal(context.env, {LANG: 'C', CRCACHE_DIR: '/a', CRCACHE_CONFIG: '/b'});
});

test('shows its version, whatever follows', async () => {
  for (const words of [['--version'], ['--version', 'fetch']]) {
    const context = contextFrom();
    assert.is(await runProgram(context, words), 0);
    assert.is(context.written(), 'crcache 1.2.3\n');
  }
});

test('alone shows an overview', async () => {
  for (const words of [[], ['--help'], ['-h'], ['--']]) {
    const context = contextFrom();
    assert.is(await runProgram(context, words), 0);
    assert.match(context.written(), /^usage: crcache /);
  }
});

test("shows a command's help instead of running it", async () => {
  for (const words of [
    ['fetch', '--help'],
    ['--help', 'fetch'],
    ['fetch', '-h', 'a', 'b', 'c'],
  ]) {
    const {command, calls} = planted();
    const context = contextFrom({commands: [command]});
    assert.is(await runProgram(context, words), 0);
    assert.match(context.written(), /^usage: crcache fetch \[NAME\]\n/);
    assert.equal(calls, []);
  }
});

test('offers the nearest command for a wrong one, or the list of all', async () => {
  const {command} = planted();
  for (const [word, hint] of [
    ['fecth', "did you mean 'fetch'?"],
    ['gett', "did you mean 'get'?"],
    ['xyzzy', 'crcache commands'],
  ] as const) {
    const error = await failureOf(contextFrom({commands: [command]}), [word]);
    assert.is(error.kind, 'usage');
    assert.is(error.message, `'${word}' is not a crcache command`);
    assert.is(error.hint, hint);
  }
});

test('offers commands of which a word is a part, and an option of the same name', async () => {
  const {command} = planted();
  const named = (name: string): Command => ({...command, name, aliases: []});
  const commands = ['list-things', 'list-places', 'show-thing', 'mend-thing'].map(named);
  for (const [word, hint] of [
    ['list', "did you mean 'list-things' or 'list-places'?"],
    ['places', "did you mean 'list-places'?"],
    ['thing', "did you mean 'show-thing' or 'mend-thing'?"],
    ['version', "did you mean '--version'?"],
    ['-', 'crcache commands'],
    ['', 'crcache commands'],
  ] as const) {
    assert.is((await failureOf(contextFrom({commands}), [word])).hint, hint, word);
  }
});

test('refuses an empty directory for what would then be another one', async () => {
  const {command, calls} = planted();
  for (const option of ['--state-dir', '--config-dir']) {
    const error = await failureOf(contextFrom({commands: [command]}), ['fetch', option, '']);
    assert.equal([error.kind, error.message], ['usage', `option '${option}' wants a value: DIR`]);
  }
  assert.equal(calls, []);
});

test('may colour only a terminal, and never with NO_COLOR', () => {
  const write = (): Promise<void> => Promise.resolve();
  for (const [isTerminal, env, may] of [
    [true, {}, true],
    [true, {NO_COLOR: ''}, true],
    [true, {NO_COLOR: '1'}, false],
    [false, {}, false],
  ] as const) {
    assert.is(mayColour(contextFrom({env}), {isTerminal, columns: 80, write}), may);
  }
});

async function failureOf(context: Context, words: readonly string[]): Promise<CrcacheError> {
  try {
    await runProgram(context, words);
  } catch (error) {
    assert.instance(error, CrcacheError);
    return error as CrcacheError;
  }
  throw new Error('it did not fail');
}
