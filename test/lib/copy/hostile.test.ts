// What comes out of an instance may want to do harm: archives that no tar would write, as root where tests run as root.

import * as assert from 'uvu/assert';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import type {Entry} from '../../../lib/copy/entry.js';
import {description, writeHeader} from '../../../lib/copy/header.js';
import {acquireKind} from '../source/contract/kinds.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a hostile archive');

const plain: Entry = {
  path: 'file',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  size: 0,
  link: '',
  device: [0, 0],
  pax: new Map(),
};

function file(path: string, text: string): Buffer {
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text);
  return Buffer.concat([writeHeader({...plain, path, size: text.length}), body]);
}

const end = Buffer.alloc(1024);

/** An instance whose tar sends what is in the file 'archive'. */
async function sending(t: Sandbox): Promise<string> {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const root = (await t.crcache(['run', name, 'pwd'])).stdout.trim();
  t.write(
    'hostile/tar',
    `#!/bin/sh\ncase $1 in --version) exit 1 ;; esac\ncat ${t.dir}/archive\n`,
    0o755,
  );
  // The program stands in the way of commands in the instance alone.
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  const text = readFileSync(run, 'utf8');
  writeFileSync(
    run,
    text.replace('\n', `\n[ -z "\${crcache_plain:-}" ] && PATH=${t.dir}/hostile:$PATH\n`),
  );
  writeFileSync(`${root}/tree`, '');
  return name;
}

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
      writeHeader({...plain, path: 'tree', type: 'directory'}),
      writeHeader({...plain, path: 'tree/s', type: 'symlink', link: t.dir}),
      file('tree/s/evil', 'x'),
    ],
    says: /'tree\/s\/evil' would be written through a symlink/,
  },
  {
    name: 'puts a file in the place of its own symlink',
    parts: (t) => [
      writeHeader({...plain, path: 'tree', type: 'symlink', link: `${t.dir}/evil`}),
      file('./tree', 'x'),
    ],
    says: /'tree' comes twice, first as a symlink/,
  },
  {
    name: 'writes through a hard link to a symlink',
    parts: (t) => [
      writeHeader({...plain, path: 's', type: 'symlink', link: t.dir}),
      writeHeader({...plain, path: 'tree', type: 'link', link: 's'}),
      file('tree/evil', 'x'),
    ],
    says: /'tree\/evil' would be written through a symlink/,
  },
  {
    name: 'links to a file outside',
    parts: (t) => [
      writeHeader({...plain, path: 'tree', type: 'link', link: `${t.dir}/archive`}),
      file('tree', 'x'),
    ],
    says: /'tree' has an absolute name/,
  },
  {
    name: 'links to a file outside through its own symlink',
    parts: () => [
      writeHeader({...plain, path: 's', type: 'symlink', link: '/etc'}),
      writeHeader({...plain, path: 'tree', type: 'link', link: 's/passwd'}),
    ],
    says: /'tree' is a hard link through a symlink/,
  },
  {
    name: 'has a name of 64 KiB',
    parts: () => [...description('L', Buffer.alloc(65_536, 'x')), file('tree', 'x')],
    says: /has a name of 65536 bytes/,
  },
  {
    name: 'describes a file in a gigabyte',
    parts: () => [writeHeader({...plain, path: 'tree', size: 1024 ** 3}).fill('L', 156, 157)],
    says: /damaged/,
  },
  {
    name: 'promises more than comes',
    parts: () => [writeHeader({...plain, path: 'tree', size: 1_000_000}), Buffer.alloc(512)],
    says: /'tree' is cut off/,
  },
  {
    name: 'has a size below zero',
    parts: () => [writeHeader({...plain, path: 'tree', size: -512}), Buffer.alloc(512)],
    says: /'tree' has a size that no file has/,
  },
  {
    name: 'has a size above all',
    parts: () => [writeHeader({...plain, path: 'tree', size: 2 ** 60}), Buffer.alloc(512)],
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
