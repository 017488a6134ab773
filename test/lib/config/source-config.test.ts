import * as assert from 'uvu/assert';
import {describeProblem} from '../../../lib/config/problem.js';
import {readSource, type SourceReading} from '../../../lib/config/source-config.js';
import {suite} from '../../helpers/suite.js';
import {types} from './types.js';

const test = suite('source.conf');

function read(text: string): SourceReading {
  return readSource({file: 's.conf', text, types});
}

function problemsOf(text: string): string[] {
  return read(text).problems.map(describeProblem);
}

test('has each value and where it came from', () => {
  const {settings, origins, problems} = read(
    '[DEFAULT]\ntype = pool\nsources=a, b\nimport=/x\nttl=10m ; short\nimport=/y\n',
  );
  assert.equal(problems, []);
  assert.is(settings.type, 'pool');
  assert.equal(settings['sources'], ['a', 'b']);
  assert.equal(settings.import, ['/x', '/y']);
  assert.is(settings.ttl, 600_000);
  assert.is(settings.reserve, 0);
  assert.is(settings['max-age'], undefined);
  assert.is(origins['ttl'], 's.conf:5');
  assert.is(origins['import'], 's.conf:4, s.conf:6');
  assert.is(origins['reserve'], 'default');
});

test("takes a type's default before that of all sources", () => {
  assert.is(read('type=local').settings.maximum, 1);
  assert.is(read('type=pool\nsources=a').settings.maximum, 0);
});

const problems: Record<string, readonly string[]> = {
  '': ["s.conf:1: 'type' is missing"],
  'type=': ["s.conf:1: 'type' has no value"],
  'type=pool\nsources=': ["s.conf:2: 'sources' has no value"],
  'type=pool\nsources=" "': ["s.conf:2: 'sources' has no value"],
  'reserve=1': ["s.conf:1: 'type' is missing"],
  'type=pol\nsources=a': ["s.conf:1: unknown type 'pol'"],
  'type=constructor': ["s.conf:1: unknown type 'constructor'"],
  'type=pool': ["s.conf:1: 'sources' is missing"],
  'type=local\nreserv=1\n': ["s.conf:2: unknown key 'reserv'"],
  'type=local\nconstructor=1\n': ["s.conf:2: unknown key 'constructor'"],
  'type=local\nsources=a\n': ["s.conf:2: unknown key 'sources'"],
  'type=local\nreserve=-1': [
    "s.conf:2: 'reserve' wants a whole number from 0 to 999999999, not '-1'",
  ],
  'type=local\nreserve="a\\nb"': [
    "s.conf:2: 'reserve' wants a whole number from 0 to 999999999, not 'a?b'",
  ],
  'type=local\nreserve': ["s.conf:2: 'reserve' has no value"],
  'type=local\nfast': [],
  'type=local\n\nreserve=1\nreserve=2': ["s.conf:4: 'reserve' is given twice"],
  'type=local\n[other]\nreserve=1': ['s.conf:2: section [other] has no meaning here'],
  'type=local\n[DEFAULT.x]\nreserve=1': ['s.conf:2: section [DEFAULT.x] has no meaning here'],
  'reserve=x\ntype=local\nmaximum=y\n=z': [
    "s.conf:1: 'reserve' wants a whole number from 0 to 999999999, not 'x'",
    "s.conf:3: 'maximum' wants a whole number from 0 to 999999999, not 'y'",
    "s.conf:4: '' is not a key",
  ],
};

for (const [text, expected] of Object.entries(problems)) {
  test(`says what is wrong with ${JSON.stringify(text)}`, () => {
    assert.equal(problemsOf(text), expected);
  });
}

test('hints at what was meant', () => {
  const types = ['type=pol', 'type=zz'];
  const keys = ['Reserve=1', 'maxage=1d', 'zz=1'].map((key) => `type=local\n${key}`);
  const [pool, other, reserve, maxAge, zz] = [...types, ...keys].map(
    (text) => read(text).problems[0]?.hint,
  );
  assert.is(pool, "did you mean 'pool'?");
  assert.match(
    other ?? '',
    /^known are: .*; others are programs 'crcache-source-NAME' on the PATH$/,
  );
  assert.is(reserve, "did you mean 'reserve'?");
  assert.is(maxAge, "did you mean 'max-age'?");
  assert.match(zz ?? '', /^known are: type, reserve, /);
});

test('reads rubbish of any kind as problems, quickly', {timeLimitMs: 10_000}, () => {
  const bytes = Buffer.from(Array.from({length: 256}, (_, index) => index));
  assert.ok(read(bytes.toString('utf8')).problems.length > 0);
  assert.ok(read('\0'.repeat(1_000_000)).problems.length > 0);
  assert.ok(read(`type=local\n${'x=1\n'.repeat(50_000)}`).problems.length >= 50_000);
  assert.ok(read(`a="${'\\'.repeat(1_000_000)}`).problems.length > 0);
  assert.ok(read(`a=${' '.repeat(200_000)}x${' '.repeat(200_000)}`).problems.length > 0);
  assert.ok(read(`${' '.repeat(500_000)}x`).problems.length > 0);
});
