// What comes back from a copy at release comes out of an instance, which may want to do harm.

import * as assert from 'uvu/assert';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {end, file, header} from '../../helpers/archive.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {World} from '../../helpers/world.js';

const test = suite('a hostile copy of an import');

const directory = (path: string): Buffer => header({path, mode: 0o755, type: 'directory'});

const symlink = (path: string, link: string): Buffer => header({path, type: 'symlink', link});

/** An instance whose tar sends what is in the file `archive`, and which holds a copy of `tree`. */
async function acquire(t: Sandbox): Promise<World> {
  t.write('tree/file', 'old\n');
  t.write('tree/d/deep', 'old\n');
  t.write('outside/.keep', '');
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's', '--import', 'tree:x:rw');
  const tar = `#!/bin/sh\ncase $1 in --version) exit 1 ;; esac\ncat ${t.dir}/archive\n`;
  t.write('hostile/tar', tar, 0o755);
  const run = `${world.state}/sources/s/instances/s-0/run`;
  const text = readFileSync(run, 'utf8');
  writeFileSync(run, text.replace('\n', `\nPATH=${t.dir}/hostile:$PATH\n`));
  return world;
}

function archive(t: Sandbox, ...parts: readonly Buffer[]): void {
  writeFileSync(`${t.dir}/archive`, Buffer.concat([...parts, end]));
}

test('is refused, nothing of it stays, and the instance is kept', async (t) => {
  const world = await acquire(t);
  const outside = `${t.dir}/outside`;
  const cases: readonly (readonly [RegExp, ...Buffer[]])[] = [
    [/'\.\.\/evil' leads outside by '\.\.'/, file('./../evil', 'x')],
    [/evil' has an absolute name/, file(`${outside}/evil`, 'x')],
    [
      /'d\/evil' would be written through a symlink/,
      directory('.'),
      symlink('./d', outside),
      file('./d/evil', 'x'),
    ],
    [
      /'file' is a hard link through a symlink/,
      symlink('./s', '/etc'),
      header({path: './file', type: 'link', link: './s/passwd'}),
    ],
    [/'file' has a size that no file has/, header({path: './file', size: 2 ** 60})],
  ];
  const command = ['release', 's-0'];
  for (const [says, ...parts] of cases) {
    archive(t, ...parts);
    const {stderr} = await world.here(command);
    assert.match(stderr, says);
    assert.match(stderr, 'cannot write');
    assert.equal(readdirSync(`${world.state}/sources/s/broken`), ['s-0'], String(says));
    command.splice(0, 1, 'reset-instance');
  }
  assert.equal(readdirSync(outside), ['.keep']);
  assert.equal(readdirSync(`${t.dir}/tree`).sort(), ['d', 'file']);
  assert.is(readFileSync(`${t.dir}/tree/file`, 'utf8'), 'old\n');
  const left = readdirSync(`${world.state}/sources/s/instances/s-0`);
  assert.not(left.some((each) => each.endsWith('.came')));
});

test('loses devices and setuid bits, and nothing is written through a symlink', async (t) => {
  const world = await acquire(t);
  const {dir} = t;
  archive(
    t,
    directory('.'),
    file('./file', 'new\n', 0o4755),
    header({path: './null', type: 'character-device', device: [1, 3]}),
    symlink('./new', `${dir}/outside`),
    directory('./d'),
    file('./d/deep', 'new\n'),
    file('./d/fresh', 'new\n'),
  );
  // Meanwhile somebody has put a symlink in the place of a directory.
  renameSync(`${dir}/tree/d`, `${dir}/tree/moved`);
  symlinkSync('../outside', `${dir}/tree/d`);
  mkdirSync(`${dir}/outside/deep`);
  const {status, stderr} = await world.here(['release', 's-0']);
  assert.is(status, 0, stderr);
  assert.match(stderr, /'null' is a device and was left out/);
  assert.match(stderr, /'file' has lost its setuid or setgid bit/);
  assert.is(readFileSync(`${dir}/tree/file`, 'utf8'), 'new\n');
  assert.is(lstatSync(`${dir}/tree/file`).mode & 0o7777, 0o755);
  assert.is(readlinkSync(`${dir}/tree/new`), `${dir}/outside`);
  assert.not(existsSync(`${dir}/tree/null`));
  assert.equal(readdirSync(`${dir}/outside`), ['.keep', 'deep']);
  const kept = readdirSync(`${dir}/tree`).filter((each) => /^d-(deep|fresh)\.s-0-/.test(each));
  assert.is(kept.length, 2, stderr);
  for (const each of kept) assert.is(readFileSync(`${dir}/tree/${each}`, 'utf8'), 'new\n');
});
