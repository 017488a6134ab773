// From words to arguments: what is taken for an option, a value or an operand, and what is refused how.

import * as assert from 'uvu/assert';
import type {CommandTable} from '../../../lib/cli/command.js';
import {parseArguments, parseInvocation, wholeNumber} from '../../../lib/cli/parse.js';
import {CrcacheError} from '../../../lib/errors.js';
import {suite} from '../../helpers/suite.js';

const test = suite('parsing');

const table: CommandTable = {
  name: 'fetch',
  kind: 'porcelain',
  summary: 'fetch things',
  description: [],
  operands: [
    {name: 'NAME', optional: true, summary: 'what to fetch'},
    {name: 'FILE', optional: true, summary: 'where to put it'},
  ],
  options: [
    {name: 'all', short: 'a', summary: 'fetch all'},
    {name: 'one', short: '1', summary: 'one line for each'},
    {name: 'count', short: 'n', value: 'N', summary: 'how many'},
    {name: 'env', short: 'e', value: 'NAME=VALUE', repeats: true, summary: 'the environment'},
    {name: 'wait', short: 'w', value: 'SECONDS', valueIsOptional: true, summary: 'wait for it'},
    {name: 'order', value: 'ORDER', choices: ['name', 'age'], summary: 'how to sort'},
    {name: 'no-hooks', summary: 'run no hooks'},
    {name: 'a.b', value: 'TEXT', summary: 'a name with a dot'},
  ],
  examples: [{line: 'crcache fetch', means: 'fetch'}],
};

/** As `crcache run`: an instance, which -s may stand for, and another program's command line. */
const runTable: CommandTable = {
  ...table,
  name: 'run',
  operands: [
    {name: 'NAME', orOption: 'source', summary: 'where'},
    {name: 'COMMAND', repeats: true, verbatim: true, summary: 'what'},
  ],
};

interface Given {
  readonly operands?: readonly string[];
  readonly options?: Readonly<Record<string, readonly string[]>>;
}

const names = [...table.options.map(({name}) => name), 'source', 'quiet', 'verbose', 'help'];

/** What the words come to, as plain data; a flag has no values. */
function parse(words: readonly string[], of = table): Required<Given> {
  const {rest, before} = parseInvocation(words);
  const args = parseArguments(of, rest, before);
  const given = names.filter((name) => args.has(name));
  const isFlag = (name: string): boolean =>
    table.options.some((option) => option.name === name && option.value === undefined) ||
    ['quiet', 'verbose', 'help'].includes(name);
  return {
    operands: args.operands,
    options: Object.fromEntries(given.map((name) => [name, isFlag(name) ? [] : args.values(name)])),
  };
}

const accepted: readonly (readonly [words: string, given: Given])[] = [
  ['fetch', {}],
  ['fetch pool-0 file', {operands: ['pool-0', 'file']}],
  ['fetch --all', {options: {all: []}}],
  ['fetch -a -1', {options: {all: [], one: []}}],
  ['fetch -1', {options: {one: []}}],
  ['fetch -a1', {options: {all: [], one: []}}],
  ['fetch -1a', {options: {all: [], one: []}}],
  ['fetch -aa --all', {options: {all: []}}],
  ['fetch --no-hooks', {options: {'no-hooks': []}}],
  ['fetch --a.b 1', {options: {'a.b': ['1']}}],
  // values
  ['fetch --count 5', {options: {count: ['5']}}],
  ['fetch --count=5', {options: {count: ['5']}}],
  ['fetch -n 5', {options: {count: ['5']}}],
  ['fetch -n5', {options: {count: ['5']}}],
  ['fetch -nfive', {options: {count: ['five']}}],
  ['fetch -an5', {options: {all: [], count: ['5']}}],
  ['fetch -1n 5', {options: {one: [], count: ['5']}}],
  ['fetch -n=5', {options: {count: ['=5']}}],
  ['fetch -anna', {options: {all: [], count: ['na']}}],
  ['fetch -n 1e3', {options: {count: ['1e3']}}],
  ['fetch -n 007', {options: {count: ['007']}}],
  ['fetch -n 0x10', {options: {count: ['0x10']}}],
  ['fetch -n true', {options: {count: ['true']}}],
  ['fetch -n 99999999999999999999', {options: {count: ['99999999999999999999']}}],
  ['fetch -n -5', {options: {count: ['-5']}}],
  ['fetch -n -a', {options: {count: ['-a']}}],
  ['fetch -n --', {options: {count: ['--']}}],
  ['fetch -n - x', {options: {count: ['-']}, operands: ['x']}],
  ['fetch --count=-a', {options: {count: ['-a']}}],
  ['fetch --count --all', {options: {count: ['--all']}}],
  ['fetch --count=', {options: {count: ['']}}],
  ['fetch --count=a=b=c', {options: {count: ['a=b=c']}}],
  ["fetch --count='5'", {options: {count: ["'5'"]}}],
  ['fetch --count="5"', {options: {count: ['"5"']}}],
  ['fetch -n "5"', {options: {count: ['"5"']}}],
  ['fetch --order age', {options: {order: ['age']}}],
  // repeated
  ['fetch -n 1 -n 2', {options: {count: ['1', '2']}}],
  ['fetch -e A=1 --env B=2 --env=C=3 -eD=4', {options: {env: ['A=1', 'B=2', 'C=3', 'D=4']}}],
  ['fetch -e A=1 x -e B=2', {options: {env: ['A=1', 'B=2']}, operands: ['x']}],
  // optional values
  ['fetch --wait', {options: {wait: ['']}}],
  ['fetch --wait=5', {options: {wait: ['5']}}],
  ['fetch --wait 5', {options: {wait: ['']}, operands: ['5']}],
  ['fetch -w 5', {options: {wait: ['']}, operands: ['5']}],
  ['fetch -w5', {options: {wait: ['5']}}],
  ['fetch --wait -a', {options: {wait: [''], all: []}}],
  ['fetch --wait --', {options: {wait: ['']}}],
  // operands
  ['fetch -', {operands: ['-']}],
  ['fetch x -a', {options: {all: []}, operands: ['x']}],
  [
    'fetch -a x -1 y --no-hooks',
    {options: {all: [], one: [], 'no-hooks': []}, operands: ['x', 'y']},
  ],
  ['fetch -- -a', {operands: ['-a']}],
  ['fetch -a -- --count', {options: {all: []}, operands: ['--count']}],
  ['fetch -- --', {operands: ['--']}],
  ['fetch -a -- --all=1', {options: {all: []}, operands: ['--all=1']}],
  ['fetch --count= -- --count', {options: {count: ['']}, operands: ['--count']}],
  ['fetch 1e3 007', {operands: ['1e3', '007']}],
  // options of the program, before and after the name
  ['-s pool fetch', {options: {source: ['pool']}}],
  ['fetch -s pool', {options: {source: ['pool']}}],
  ['-s pool fetch -s other', {options: {source: ['other']}}],
  ['-q fetch -v', {options: {quiet: [], verbose: []}}],
  ['-qs pool fetch', {options: {quiet: [], source: ['pool']}}],
  ['-spool fetch', {options: {source: ['pool']}}],
  ['--source=pool fetch', {options: {source: ['pool']}}],
  ['-- fetch -a', {options: {all: []}}],
  ['fetch --help', {options: {help: []}}],
  ['--help fetch', {options: {help: []}}],
  ['fetch x y z --help', {options: {help: []}, operands: ['x', 'y', 'z']}],
];

for (const [words, given] of accepted) {
  test(`'${words}' is understood`, () => {
    assert.equal(parse(words.split(' ')), {operands: [], options: {}, ...given});
  });
}

const verbatim: readonly (readonly [words: string, given: Given])[] = [
  ['run pool-0 ls -a', {operands: ['pool-0', 'ls', '-a']}],
  ['run pool-0 -- ls -a', {operands: ['pool-0', 'ls', '-a']}],
  ['run -- pool-0 ls -a', {operands: ['pool-0', 'ls', '-a']}],
  ['run pool-0 ls -- -a', {operands: ['pool-0', 'ls', '--', '-a']}],
  ['run pool-0 -- -- ls', {operands: ['pool-0', '--', 'ls']}],
  ['run pool-0 -a ls -a', {options: {all: []}, operands: ['pool-0', 'ls', '-a']}],
  ['run -a pool-0 ls --all=1', {options: {all: []}, operands: ['pool-0', 'ls', '--all=1']}],
  [
    'run --count= pool-0 ls --count',
    {options: {count: ['']}, operands: ['pool-0', 'ls', '--count']},
  ],
  ['run pool-0 ls --help', {operands: ['pool-0', 'ls', '--help']}],
  ['run pool-0 ls -s x -s', {operands: ['pool-0', 'ls', '-s', 'x', '-s']}],
  ['run -s pool ls -a', {options: {source: ['pool']}, operands: ['ls', '-a']}],
  ['-s pool run ls -a', {options: {source: ['pool']}, operands: ['ls', '-a']}],
  ['run -s pool -- ls -a', {options: {source: ['pool']}, operands: ['ls', '-a']}],
  ['run -s pool -- -a', {options: {source: ['pool']}, operands: ['-a']}],
  ['run pool-0 -', {operands: ['pool-0', '-']}],
];

for (const [words, given] of verbatim) {
  test(`'${words}' leaves the words of the other program alone`, () => {
    assert.equal(parse(words.split(' '), runTable), {operands: [], options: {}, ...given});
  });
}

test('a command that takes all words as another program takes options too, but for its help', () => {
  const all = {...runTable, name: 'rsh', operands: runTable.operands.slice(1), takesAllWords: true};
  const words = ['-s', '--', 'pool-0', '--help', '-q'];
  assert.equal(parse(['rsh', ...words], all), {operands: words, options: {}});
  assert.equal(parse(['-q', 'rsh', '-x'], all), {operands: ['-x'], options: {quiet: []}});
  assert.equal(parse(['rsh', '--help'], all).options, {help: []});
});

test('empty words and words with blanks and newlines stay what they are', () => {
  assert.equal(parse(['fetch', '', 'a b\n']).operands, ['', 'a b\n']);
  assert.equal(parse(['fetch', '-n', '']).options, {count: ['']});
  assert.equal(parse(['fetch', '-n', 'a\n b']).options, {count: ['a\n b']});
  assert.equal(parse(['fetch', '--count=a\nb']).options, {count: ['a\nb']});
  assert.equal(parse(['run', 'x', '', '\n', '*'], runTable).operands, ['x', '', '\n', '*']);
});

const refused: readonly (readonly [words: string, message: string, hint?: string])[] = [
  ['fetch --cuont 5', "unknown option '--cuont' for 'crcache fetch'", "did you mean '--count'?"],
  ['fetch --cuont=5', "unknown option '--cuont' for 'crcache fetch'", "did you mean '--count'?"],
  ['fetch --xyzzy', "unknown option '--xyzzy' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch --hooks', "unknown option '--hooks' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch --no-all', "unknown option '--no-all' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch -z', "unknown option '-z' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch -az', "unknown option '-z' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch -2', "unknown option '-2' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch -all', "unknown option '-l' for 'crcache fetch'", "did you mean '--all'?"],
  ['fetch -a=1', "option '-a' takes no value: '-a=1'"],
  ['fetch --a', "unknown option '--a' for 'crcache fetch'"],
  ['fetch --1', "unknown option '--1' for 'crcache fetch'"],
  ['fetch --=x', "unknown option '--' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch --__proto__', "unknown option '--__proto__' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch --__proto__=x', "unknown option '--__proto__' for 'crcache fetch'", 'crcache help fetch'],
  ['fetch --constructor', "unknown option '--constructor' for 'crcache fetch'"],
  ['fetch --_', "unknown option '--_' for 'crcache fetch'"],
  ['fetch --_=x', "unknown option '--_' for 'crcache fetch'"],
  ['--xyzzy fetch', "unknown option '--xyzzy' for 'crcache'", 'crcache help'],
  ['--verison', "unknown option '--verison' for 'crcache'", "did you mean '--version'?"],
  ['fetch --count', "option '--count' wants a value: N"],
  ['fetch -n', "option '--count' wants a value: N"],
  ['fetch --wait=', "option '--wait' wants a value: SECONDS"],
  ['fetch -an', "option '--count' wants a value: N"],
  ['fetch -n 1 --count', "option '--count' wants a value: N"],
  ['fetch x --count', "option '--count' wants a value: N"],
  ['-s', "option '--source' wants a value: SOURCE"],
  ['fetch --all=1', "option '--all' takes no value: '--all=1'"],
  ['fetch --all=', "option '--all' takes no value: '--all='"],
  ['fetch --all=false', "option '--all' takes no value: '--all=false'"],
  ['fetch --order agee', "option '--order' cannot be 'agee'", "did you mean 'age'?"],
  ['fetch --order xyzzy', "option '--order' cannot be 'xyzzy'", 'one of: name, age'],
  ['fetch --order=', "option '--order' cannot be ''", 'one of: name, age'],
  ['fetch --order name --order x', "option '--order' cannot be 'x'", 'one of: name, age'],
  ['fetch x y z', "'z' is one word too many for 'crcache fetch'", 'crcache help fetch'],
];

for (const [words, message, hint] of refused) {
  test(`'${words}' is refused`, () => {
    assertRefused(() => parse(words.split(' ')), message, hint);
  });
}

test('a command line without its operands is refused', () => {
  const missing: readonly (readonly [words: readonly string[], message: string])[] = [
    [['run'], "NAME is missing for 'crcache run'"],
    [['run', 'pool-0'], "COMMAND is missing for 'crcache run'"],
    [['run', '-s', 'pool'], "COMMAND is missing for 'crcache run'"],
    [['-s', 'pool', 'run'], "COMMAND is missing for 'crcache run'"],
    [['run', 'pool-0', '--'], "COMMAND is missing for 'crcache run'"],
  ];
  for (const [words, message] of missing) {
    assertRefused(() => parse(words, runTable), message, 'crcache help run');
  }
});

test('help is given even where operands are missing', () => {
  assert.equal(parse(['run', '--help'], runTable).options, {help: []});
});

test('the command is the first word that is no option, and keeps the words behind it', () => {
  const {word, rest, before} = parseInvocation(['-v', '-s', 'pool', 'run', '-s', 'x', '--', '-v']);
  assert.is(word, 'run');
  assert.equal(rest, ['-s', 'x', '--', '-v']);
  assert.is(before.value('source'), 'pool');
});

test('options without a command are options of the program', () => {
  for (const [words, name] of [
    [['--version'], 'version'],
    [['--help'], 'help'],
    [['-h'], 'help'],
  ] as const) {
    const {word, before} = parseInvocation(words);
    assert.is(word, undefined);
    assert.ok(before.has(name), name);
  }
});

test('the last value of an option counts, and all do where it repeats', () => {
  const args = parseArguments(table, ['-n', '1', '-n', '2', '-e', 'A', '-e', 'B']);
  assert.is(args.value('count'), '2');
  assert.equal(args.values('env'), ['A', 'B']);
  assert.is(args.value('order'), undefined);
  assert.equal(args.values('order'), []);
});

test('a number is written in digits, and large enough', () => {
  assert.is(wholeNumber('count', '0'), 0);
  assert.is(wholeNumber('count', '007'), 7);
  assert.is(parseArguments(table, ['-n', '12']).count('count', 12), 12);
  assert.is(parseArguments(table, []).count('count'), undefined);
  for (const text of ['', '-1', '1.5', '1e3', '0x1', ' 1', '1 ', 'abc', 'NaN', '9'.repeat(16)]) {
    const message = `option '--count' wants a whole number of at least 0, not '${text}'`;
    assertRefused(() => parseArguments(table, [`--count=${text}`]).count('count'), message);
  }
  const message = `option '--count' wants a whole number of at least 2, not '1'`;
  assertRefused(() => parseArguments(table, ['-n', '1']).count('count', 2), message);
});

/** Without a hint, any will do. */
function assertRefused(act: () => unknown, message: string, hint?: string): void {
  try {
    act();
  } catch (error) {
    assert.instance(error, CrcacheError);
    const failure = error as CrcacheError;
    assert.is(failure.message, message);
    assert.is(failure.kind, 'usage');
    if (hint !== undefined) assert.is(failure.hint, hint);
    return;
  }
  assert.unreachable('it was accepted');
}
