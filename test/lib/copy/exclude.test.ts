// Patterns of names mean what they mean to tar.

import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {isExcluded} from '../../../lib/copy/exclude.js';
import {suite} from '../../helpers/suite.js';

const test = suite('patterns of names');

const names = [
  '.a',
  '.hidden',
  'a',
  'a.o',
  'a.a',
  'a.c',
  'b!c',
  'q]',
  'y.h',
  'z-1',
  'z\\1',
  'z^1',
  '[x].h',
  'é',
];

const patterns = [
  ...['a', 'a.*', '?', '*', '*.h', 'd/*', 'd*a', '\\a', '\\[x].*', '*.[oa]', '*.[!oa]', '*.[^oa]'],
  ...['[', '[a', '[]', '[]]', 'q[]]', 'q[!]]', '[x-z].h', 'a.[b-d]', 'a.[d-b]', 'a.[b-]', 'z[-^]1'],
  ...[
    'z[\\\\]1',
    'z[\\]1',
    'z[\\-x]1',
    'z[+--]1',
    '[[:alpha:]].?',
    '[![:alpha:]x]*',
    'z[[:punct:]]1',
  ],
  ...['.*', '.?', '[!a]*', '?/a', '*/a', '.', '..', '.*a', '??a', '[.]*', '/a'],
  ...['[[:nonsense:]]', '[[=a=]]*', '[[.a.]]', 'd[/]a', 'b[!-#]c', '[[]x].h', '[é]', '\\', 'a\\'],
];

test('match what they match for tar', (t) => {
  t.needs('tar');
  mkdirSync(`${t.dir}/from/d`, {recursive: true});
  const all = names.flatMap((name) => [`./${name}`, `./d/${name}`]);
  for (const path of all) writeFileSync(`${t.dir}/from/${path}`, '');
  const listed = (pattern: string): string[] => {
    const code =
      'cd from; tar -c --no-unquote --exclude="$1" -- * .[!.]* | tar -t --quoting-style=literal | sed "s,^,./,"';
    const env = {...t.env, LC_ALL: 'C'};
    const said = execFileSync('sh', ['-c', code, 'sh', pattern], {cwd: t.dir, env});
    return said
      .toString('latin1')
      .split('\n')
      .filter((path) => !/(^|\/)$/.test(path))
      .sort();
  };
  for (const pattern of patterns) {
    const ours = all
      .map((path) => Buffer.from(path).toString('latin1'))
      .filter((path) => !isExcluded(path, [Buffer.from(pattern).toString('latin1')]));
    assert.equal(ours.sort(), listed(pattern), pattern);
  }
});

test('match nothing but what is in the directory that is copied, from a dot on', () => {
  assert.is(isExcluded('./a', ['./a']), true);
  assert.is(isExcluded('./d/a', ['./a']), false);
  assert.is(isExcluded('.', ['.*']), false);
});
