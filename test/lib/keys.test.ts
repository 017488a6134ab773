import * as assert from 'uvu/assert';
import * as keys from '../../lib/keys.js';
import {formatSize, parseSize} from '../../lib/units.js';
import {suite} from '../helpers/suite.js';

const test = suite('keys');

const minute = 60_000;

const durations: Record<string, number | undefined> = {
  '90s': 90_000,
  '10m': 10 * minute,
  '2h': 120 * minute,
  '1d': 1440 * minute,
  '250ms': 250,
  '5': 5000,
  '0': 0,
  '1.5h': 90 * minute,
  '36500d': 36_500 * 1440 * minute,
  '36501d': undefined,
  '99999999999999999999': undefined,
  '': undefined,
  ' 5': undefined,
  '-5s': undefined,
  '5 s': undefined,
  '5S': undefined,
  '1e3': undefined,
  '0x10': undefined,
  '.5h': undefined,
  Infinity: undefined,
  '٣s': undefined,
};

for (const [words, ms] of Object.entries(durations)) {
  test(`reads the duration '${words}'`, () => {
    assert.is(keys.parseDuration(words), ms);
  });
}

test('shows a duration so that it reads back', () => {
  const shown = [0, 1, 250, 1000, 90_000, 10 * minute, 90 * minute, 1440 * minute, 1001];
  assert.equal(shown.map(keys.formatDuration), [
    ...['0s', '1ms', '250ms', '1s', '90s', '10m', '90m', '1d', '1001ms'],
  ]);
  for (const ms of shown) assert.is(keys.parseDuration(keys.formatDuration(ms)), ms);
});

const sizes: Record<string, number | undefined> = {
  '4096': 4096,
  '512M': 512 * 1024 ** 2,
  '2GiB': 2 * 1024 ** 3,
  '2gb': 2 * 1024 ** 3,
  '7b': 7,
  '1.5k': 1536,
  '5ib': undefined,
  '-1': undefined,
  M: undefined,
  '9999999T': undefined,
};

for (const [words, bytes] of Object.entries(sizes)) {
  test(`reads the size '${words}'`, () => {
    assert.is(parseSize(words), bytes);
    if (bytes !== undefined) assert.is(parseSize(formatSize(bytes)), bytes);
  });
}

const table = {
  count: keys.count('a count', 4, 1),
  unset: keys.count('a count that may be absent'),
  flag: keys.flag('a flag'),
  choice: keys.choice('a choice', ['auto', 'never'], 'auto'),
  chance: keys.probability('a chance'),
  list: keys.list('a list'),
  words: keys.shellWords('words of sh'),
  host: keys.required(keys.text('a host')),
  import: keys.repeated(keys.path('a directory')),
} as const;

const read: [keyof typeof table, string, unknown][] = [
  ['count', '1', 1],
  ['count', '007', 7],
  ['flag', 'YES', true],
  ['flag', 'on', true],
  ['flag', '', false],
  ['flag', '0', false],
  ['choice', 'never', 'never'],
  ['chance', '.25', 0.25],
  ['chance', '1.0', 1],
  ['list', ' a , b,c ', ['a', 'b', 'c']],
  ['list', '', []],
  ...[
    `nice -n 5`,
    `sh -c 'echo "a' "it's \\" done" \\' b\\\\`,
    `env A="$HOME/b#c" B=\${C:-d} sh -c 'cd /src && exec "$@" # (there)' sh`,
    `a\\;b "c;d" $ e#f`,
  ].map((each): ['words', string, string] => ['words', each, each]),
  ['import', '/srv', ['/srv']],
];

test('reads each kind of value', () => {
  for (const [name, words, value] of read) assert.equal(table[name].parse(words), value);
});

const refused: [keyof typeof table, string][] = [
  ...['0', '-1', '1.5', '1e3', '0x1', '1000000000', '', '٣'].map((words): ['count', string] => [
    'count',
    words,
  ]),
  ['flag', 'maybe'],
  ['choice', 'Never'],
  ['choice', 'constructor'],
  ['chance', '1.01'],
  ['chance', '-0'],
  ['chance', '.'],
  ['list', ',,'],
  ['host', ''],
  ...['', `env A='b c`, 'env "A=b', `env "it's \\"`, 'env A=b\\', `'a'\\''`].map(
    (words): ['words', string] => ['words', words],
  ),
  // What comes after these would be run by itself.
  ...['a; b', 'a && b', 'a | b', 'a & b', 'a >b', 'a <b', '(a)', 'a\nb', 'a \\\nb'].map(
    (words): ['words', string] => ['words', words],
  ),
  ...['# a', 'a #b', '$(a)', '`a`', '"$(a)"', '"`a`"', '${a', '"${a"', '$((1+'].map(
    (words): ['words', string] => ['words', words],
  ),
];

test('refuses other values, and says what it wants', () => {
  for (const [name, words] of refused) {
    assert.throws(
      () => table[name].parse(words),
      (error: unknown) => error instanceof keys.KeyProblem && error.wants.length > 3,
      `${name}='${words}'`,
    );
  }
});

test('shows a value so that it reads back, and nothing where there is none', () => {
  for (const [name, words] of read) {
    const key: keys.Key<unknown> = table[name];
    assert.equal(key.parse(key.show(key.parse(words))), key.parse(words), name);
  }
  assert.is(table.unset.show(undefined), '');
  assert.is(table.unset.fallback, undefined);
});

test('a list has each word once', () => {
  const key = keys.list('a list');
  assert.equal(key.parse('a, b,,c'), ['a', 'b', 'c']);
  assert.throws(() => key.parse('a, b, a'), /wants 'a' only once/);
});
