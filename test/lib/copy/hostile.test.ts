// What comes out of an instance may want to do harm: archives that no tar would write, as root where tests run as root.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {description} from '../../../lib/copy/header.js';
import type {Result} from '../../helpers/programs.js';
import {end, file, header} from '../../helpers/archive.js';
import {sending} from '../../helpers/hostile.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a hostile archive');

interface Case {
  readonly name: string;
  readonly parts: (t: Sandbox) => readonly Buffer[];
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    name: "climbs by '..'",
    parts: () => [file('tree/../../evil', 'x')],
    says: /'tree\/\.\.\/\.\.\/evil' leads outside by '\.\.'/,
  },
  {
    name: 'has an absolute name',
    parts: (t) => [file(`${t.dir}/evil`, 'x')],
    says: /evil' has an absolute name/,
  },
  {
    name: 'writes through a symlink',
    parts: (t) => [
      header({path: 'tree', type: 'directory'}),
      header({path: 'tree/s', type: 'symlink', link: t.dir}),
      file('tree/s/evil', 'x'),
    ],
    says: /'tree\/s\/evil' would be written through a symlink/,
  },
  {
    name: 'puts a file in the place of its own symlink',
    parts: (t) => [
      header({path: 'tree', type: 'symlink', link: `${t.dir}/evil`}),
      file('./tree', 'x'),
    ],
    says: /'tree' comes twice, first as a symlink/,
  },
  {
    name: 'writes through a hard link to a symlink',
    parts: (t) => [
      header({path: 'tree/s', type: 'symlink', link: t.dir}),
      header({path: 'tree/l', type: 'link', link: 'tree/s'}),
      file('tree/l/evil', 'x'),
    ],
    says: /'tree\/l\/evil' would be written through a symlink/,
  },
  {
    name: 'links to a file outside',
    parts: (t) => [
      header({path: 'tree', type: 'link', link: `${t.dir}/archive`}),
      file('tree', 'x'),
    ],
    says: /'tree' has an absolute name/,
  },
  {
    name: 'links to a file outside through its own symlink',
    parts: () => [
      header({path: 'tree/s', type: 'symlink', link: '/etc'}),
      header({path: 'tree/l', type: 'link', link: 'tree/s/passwd'}),
    ],
    says: /'tree\/l' is a hard link through a symlink/,
  },
  {
    name: 'has a name of 64 KiB',
    parts: () => [...description('L', Buffer.alloc(65_536, 'x')), file('tree', 'x')],
    says: /has a name of 65536 bytes/,
  },
  {
    name: 'describes a file in a gigabyte',
    parts: () => [header({path: 'tree', size: 1024 ** 3}).fill('L', 156, 157)],
    says: /damaged/,
  },
  {
    name: 'promises more than comes',
    parts: () => [header({path: 'tree', size: 1_000_000}), Buffer.alloc(512)],
    says: /'tree' is cut off/,
  },
  {
    name: 'has a size below zero',
    parts: () => [header({path: 'tree', size: -512}), Buffer.alloc(512)],
    says: /'tree' has a size that no file has/,
  },
  {
    name: 'has a size above all',
    parts: () => [header({path: 'tree', size: 2 ** 60}), Buffer.alloc(512)],
    says: /'tree' has a size that no file has/,
  },
  {name: 'does not end', parts: () => [file('tree', 'x')], says: /the stream is cut off/},
  {name: 'is none', parts: () => [Buffer.alloc(4096, 'x')], says: /the stream is no tar archive/},
];

function write(t: Sandbox, {parts, says}: Case): void {
  const ends = String(says).includes('cut off') ? [] : [end];
  writeFileSync(`${t.dir}/archive`, Buffer.concat([...parts(t), ...ends]));
}

function assertRefused(t: Sandbox, {status, stderr}: Result, {says}: Case): void {
  assert.match(stderr, says);
  assert.is(status, 1);
  assert.equal(readdirSync(`${t.dir}/to`), ['.keep']);
  assert.not(existsSync(`${t.dir}/evil`), 'written outside');
}

for (const each of cases) {
  test(`that ${each.name} is refused, and nothing of it stays`, async (t) => {
    t.write('to/.keep', '');
    write(t, each);
    assertRefused(t, await t.run('sh', ['-c', 'crcache unpack-files to <archive']), each);
  });
}

test(
  'that an instance sends is refused, and nothing of it stays',
  {timeLimitMs: 120_000},
  async (t) => {
    const instance = await sending(t);
    t.write('to/.keep', '');
    for (const each of cases) {
      write(t, each);
      assertRefused(t, await t.crcache(['cp', `${instance}:tree`, 'to/']), each);
    }
  },
);

/** What a sync is told of a tree in an instance, and what comes then. */
interface SyncCase extends Case {
  readonly listing: readonly string[];
}

const top = '////d 755 0 0 0 1';

const syncCases: readonly SyncCase[] = [
  {
    name: 'sends a symlink in the place of a directory',
    listing: [top, 'a////d 777 0 0 0 1', 'a/x////f 644 0 0 1 1'],
    parts: (t) => [
      header({path: '.', type: 'directory'}),
      header({path: 'a', type: 'symlink', link: `${t.dir}/victim`}),
    ],
    says: /'a' has changed since it was listed/,
  },
  {
    name: 'sends a symlink by another name',
    listing: [top, 'a////f 777 0 0 0 1', 'a/x////f 644 0 0 1 1', 's//victim//l 777 0 0 0 1'],
    parts: (t) => [
      header({path: 's', type: 'symlink', link: `${t.dir}/victim`}),
      header({path: 'a', type: 'link', link: 's'}),
    ],
    says: /'a' has changed since it was listed/,
  },
  {
    name: 'sends what was not asked for',
    listing: [top, 'a////f 644 0 0 1 1'],
    parts: () => [file('a', 'x'), file('evil', 'x')],
    says: /'evil' was not asked for/,
  },
  {
    name: 'lists what is outside',
    listing: [top, '../evil////f 644 0 0 1 1'],
    parts: () => [file('../evil', 'x')],
    says: /cannot list '.*': '\.\.\/evil' leads outside/,
  },
  {
    name: 'lists what is no listing',
    listing: [top, 'a\x1b[2J'],
    parts: () => [],
    says: /cannot list '.*': what was told is no listing/,
  },
];

test('and a hostile listing lead a sync nowhere', {timeLimitMs: 60_000}, async (t) => {
  const instance = await sending(t);
  const root = (await t.crcache(['run', instance, 'pwd'])).stdout.trim();
  t.write(
    'hostile/find',
    `#!/bin/sh\ncase $* in *-maxdepth*) ;; *) cat ${t.dir}/listing ;; esac\n`,
    0o755,
  );
  t.write('to/.keep', '');
  mkdirSync(`${t.dir}/victim`, {mode: 0o700});
  for (const each of syncCases) {
    write(t, each);
    t.write('listing', each.listing.map((record) => `${record}\0`).join(''));
    assertRefused(t, await t.crcache(['sync', `${instance}:${root}`, 'to']), each);
    assert.is(statSync(`${t.dir}/victim`).mode & 0o777, 0o700);
  }
});

test('a name that nobody asked for is refused, and one of those asked for is not', async (t) => {
  const instance = await sending(t);
  t.write('to/.bashrc', 'before');
  const parts = [file('.bashrc', 'evil'), file('tree', 'x'), file('other', 'x'.repeat(5_000_000))];
  const cp = async (archive: readonly Buffer[], ...names: string[]): Promise<Result> => {
    writeFileSync(`${t.dir}/archive`, Buffer.concat([...archive, end]));
    return t.crcache(['cp', ...names.map((each) => `${instance}:${each}`), 'to/']);
  };
  const {status, stderr} = await cp(parts, 'tree', './other');
  assert.match(stderr, /^crcache: cannot copy 'tree', '.\/other': '.bashrc' was not asked for\n$/);
  assert.is(status, 1);
  assert.match(
    (await cp([header({path: '.', type: 'directory'})], 'tree')).stderr,
    /'.' was not asked/,
  );
  assert.equal(readdirSync(`${t.dir}/to`), ['.bashrc']);
  assert.is(readFileSync(`${t.dir}/to/.bashrc`, 'utf8'), 'before');
  assert.is((await cp(parts.slice(1), 'tree', './other')).status, 0);
  assert.is((await cp(parts, '.')).status, 0);
  assert.equal(readdirSync(`${t.dir}/to`).sort(), ['.bashrc', 'other', 'tree']);
});
