import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {findRoots, resolvePath, type Surroundings} from '../../../lib/config/roots.js';
import {suite} from '../../helpers/suite.js';

const test = suite('roots');

const cwd = '/proc/self';
const usual: Surroundings = {env: {}, cwd, home: '/home/ann'};

function userRoot(from: Partial<Surroundings>): string | undefined {
  return findRoots({...usual, ...from}).roots.find(({kind}) => kind === 'user')?.path;
}

test("finds the user's root by CRCACHE_CONFIG, else XDG_CONFIG_HOME, else the home", () => {
  const env = {CRCACHE_CONFIG: '/c', XDG_CONFIG_HOME: '/x'};
  assert.is(userRoot({env}), '/c');
  assert.is(userRoot({env: {...env, CRCACHE_CONFIG: ''}}), '/x/crcache');
  assert.is(userRoot({}), '/home/ann/.config/crcache');
  assert.is(userRoot({env: {CRCACHE_CONFIG: 'c/'}}), '/proc/self/c');
});

test('ignores a relative XDG_CONFIG_HOME, and says so', () => {
  const {roots, warnings} = findRoots({...usual, env: {XDG_CONFIG_HOME: 'x'}});
  assert.is(roots[0]?.path, '/home/ann/.config/crcache');
  assert.match(warnings.join(), /XDG_CONFIG_HOME is ignored: 'x'/);
});

for (const home of [undefined, '', 'ann', '~']) {
  test(`has no user's root where HOME is ${String(home)}, and says so`, () => {
    const {roots, warnings} = findRoots({...usual, home});
    assert.equal(roots, [{kind: 'system', path: '/etc/crcache'}]);
    assert.match(warnings.join(), /^HOME is .*the user's configuration is not read$/);
    assert.equal(findRoots({...usual, home, env: {CRCACHE_CONFIG: '/c'}}).warnings, []);
  });
}

test('finds .crcache of the directory, or of the nearest one above that has one', (t) => {
  mkdirSync(`${t.dir}/p/.crcache`, {recursive: true});
  mkdirSync(`${t.dir}/p/q/r/s`, {recursive: true});
  writeFileSync(`${t.dir}/p/q/.crcache`, 'a file');
  symlinkSync('nowhere', `${t.dir}/p/q/r/.crcache`);
  const found = findRoots({...usual, cwd: `${t.dir}/p/q/r/s`}, '/sys').roots;
  assert.equal(found.slice(1), [
    {kind: 'project', path: `${t.dir}/p/.crcache`},
    {kind: 'system', path: '/sys'},
  ]);
  mkdirSync(`${t.dir}/p/q/r/s/.crcache`);
  assert.is(
    findRoots({...usual, cwd: `${t.dir}/p/q/r/s`}).roots[1]?.path,
    `${t.dir}/p/q/r/s/.crcache`,
  );
});

test('has a directory once, as what it is first', (t) => {
  mkdirSync(`${t.dir}/.crcache`);
  const env = {CRCACHE_CONFIG: '.crcache'};
  assert.equal(findRoots({env, cwd: t.dir, home: undefined}, `${t.dir}/.crcache`).roots, [
    {kind: 'user', path: `${t.dir}/.crcache`},
  ]);
});

test('leads a path from its file on, and ~/ to the home', () => {
  const from = {directory: '/d', home: '/h'};
  const paths = ['a', '../a', '/a', '~', '~/a', '~ann/a', 'a/~/b'];
  assert.equal(
    paths.map((path) => resolvePath(path, from)),
    ['/d/a', '/a', '/a', '/h', '/h/a', '/d/~ann/a', '/d/a/~/b'],
  );
  assert.is(resolvePath('~/a', {...from, home: undefined}), '/d/~/a');
});
