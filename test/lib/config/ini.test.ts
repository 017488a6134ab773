import {parse} from 'ini';
import * as assert from 'uvu/assert';
import {readIni, writeIniValue} from '../../../lib/config/ini.js';
import {suite} from '../../helpers/suite.js';

const test = suite('ini');

/** What one line is read as: its value, or undefined where it is a problem. */
function valueOf(line: string): string | undefined {
  const {entries, problems} = readIni(line);
  assert.is(entries.length + problems.length, 1, line);
  return entries[0]?.value;
}

const values: Record<string, string | undefined> = {
  'key=value': 'value',
  '  key = value  ': 'value',
  'key=': '',
  'key= ; nothing': '',
  'key=a=b=c': 'a=b=c',
  'key=a ; comment': 'a',
  'key=a\t# comment': 'a',
  'key=a;b': undefined,
  'key=#fff': undefined,
  'key=http://host/#part': undefined,
  'key=a\\;b': 'a;b',
  'key=\\#fff': '#fff',
  'key=a\\\\': 'a\\',
  'key=a\\b': 'a\\b',
  'key=a\\': 'a\\',
  'key="a;b # c"': 'a;b # c',
  "key='a;b # c'": 'a;b # c',
  'key="a" # comment': 'a',
  "key='a' ; 'comment'": 'a',
  'key=" a "': ' a ',
  'key=""': '',
  "key=''": '',
  'key="say \\"hi\\""': 'say "hi"',
  'key="line\\nline"': 'line\nline',
  'key="C:\\dir"': undefined,
  "key='C:\\dir'": 'C:\\dir',
  'key="NUL \\u0000"': undefined,
  'key="open': undefined,
  "key='open": undefined,
  "key=don't": "don't",
  'key="my program" --flag': '"my program" --flag',
  'key="a" "b"': '"a" "b"',
  'key=sh -c "a ; b"': undefined,
  'key="a # b" c': undefined,
  'key=true': 'true',
  'key=null': 'null',
  "key='123'": '123',
  "key='1e3'": '1e3',
  'key=\'{"a": 1}\'': '{"a": 1}',
  'key=\'"a"\'': '"a"',
  'key=ä': 'ä',
  'key=a\u2028b': undefined,
  'key=a\rb': undefined,
  'key=a\u0000b': undefined,
  'key=\uFFFD': undefined,
  'key=a\tb': 'a\tb',
  key: 'true',
  'key # alone': 'true',
  '=value': undefined,
  '__proto__=1': undefined,
  'key[]=1': undefined,
  'a#b=c': undefined,
  '"key"=1': undefined,
  'two words=1': undefined,
  '- item': undefined,
  'constructor=1': '1',
  '[DEFAULT': undefined,
  '[a]b': undefined,
  '{"json": true}': undefined,
};

for (const [line, value] of Object.entries(values)) {
  test(`reads ${JSON.stringify(line)}`, () => {
    assert.is(valueOf(line), value);
  });
}

test('says which line each value, section and problem is on', () => {
  const text = '\uFEFF; first\r\n\r\nkey=1\r\n[ other ] ; why\r\nkey=2\r\n!\r\n[DEFAULT]\r\nkey=3';
  const {entries, sections, problems} = readIni(text);
  assert.equal(
    entries.map(({section, value, line}) => [section, value, line]),
    [
      ['DEFAULT', '1', 3],
      ['other', '2', 5],
      ['DEFAULT', '3', 8],
    ],
  );
  assert.equal(sections, [
    {name: 'other', line: 4},
    {name: 'DEFAULT', line: 7},
  ]);
  assert.equal(
    problems.map(({line}) => line),
    [6],
  );
});

test('keeps a key each time it stands there, and a section named __proto__', () => {
  const {entries} = readIni('a=1\na=2\n[__proto__]\na=3\n');
  assert.equal(
    entries.map(({section, value}) => `${section} ${value}`),
    ['DEFAULT 1', 'DEFAULT 2', '__proto__ 3'],
  );
});

test('reads nothing in nothing', () => {
  for (const text of ['', '\n', '\uFEFF', '\r\n\r\n', '# a\n;b']) {
    assert.equal(readIni(text), {entries: [], sections: [], problems: []});
  }
});

const pieces: [string, ...string[]] = [
  'b',
  ...[
    'a',
    'b',
    '=',
    '=',
    ' ',
    ' ',
    '"',
    "'",
    ';',
    '#',
    '\\',
    '\\"',
    '[',
    ']',
    '[]',
    '.',
    ',',
    '\t',
  ],
  ...['true', 'key=', 'key=', 'null', '1', '__proto__', '\\n', 'ü', '{', '}', '-', '$', '[x]'],
];

test('reads as the package does what it reads at all, but for what its quotes are', (t) => {
  let compared = 0;
  for (let round = 0; round < 50_000; round++) {
    const length = t.random.below(9);
    const line = Array.from({length}, () => t.random.pick(pieces)).join('');
    const {entries, problems, sections} = readIni(line);
    const theirs: Record<string, unknown> = parse(line, {bracketedArray: false});
    if (problems.length > 0 || sections.length > 0) continue;
    const [entry] = entries;
    // The package reads what is in '…' as JSON, and no comment after quotes.
    if (entry === undefined || /=\s*(".*"\s*[;#]|')/.test(line)) continue;
    compared += 1;
    assert.is(entry.value, String(theirs[entry.key]), line);
  }
  assert.ok(compared > 1000, String(compared));
});

test('loses no line: each is nothing, a section, an entry or a problem', (t) => {
  for (let round = 0; round < 2000; round++) {
    const lines = Array.from({length: 8}, () =>
      Array.from({length: t.random.below(6)}, () => t.random.pick(pieces)).join(''),
    );
    const meant = lines.filter((line) => !/^\s*([;#]|$)/.test(line)).length;
    const {entries, problems, sections} = readIni(lines.join('\n'));
    assert.is(entries.length + problems.length + sections.length, meant, lines.join('\n'));
  }
});

test('reads back whatever it writes', (t) => {
  const signs: readonly [string, ...string[]] = [
    'a',
    ' ',
    ';',
    '#',
    '"',
    "'",
    '\\',
    '=',
    '[',
    ']',
    '\n',
    '\t',
    '\x7f',
    '\u2028',
    'ü',
    '😀',
  ];
  const words = [
    '',
    'true',
    'null',
    '1e3',
    ' x',
    'x ',
    '"',
    "'",
    '\\',
    '\\;',
    'a;b',
    'a # b',
    `"a" 'b'`,
  ];
  for (let count = 0; count < 3_000; count++) {
    words.push(Array.from({length: t.random.below(6)}, () => t.random.pick(signs)).join(''));
  }
  for (const word of words) {
    const {entries, problems} = readIni(`key=${writeIniValue(word)}`);
    assert.equal(problems, [], JSON.stringify(word));
    assert.is(entries[0]?.value, word);
  }
});
