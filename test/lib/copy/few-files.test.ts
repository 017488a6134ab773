// Files that are held while others may put anything in their place.

import fs from 'node:fs';
import * as assert from 'uvu/assert';
import type {Entry} from '../../../lib/copy/entry.js';
import {openFew, type FewFiles} from '../../../lib/copy/few-files.js';
import {holdBelow, openHeld} from '../../../lib/copy/held.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a few files');

const mebibyte = 1_048_576;

/** What lies at a path of the sandbox, as files that are held. */
function few(t: Sandbox, path: string): FewFiles | undefined {
  const descriptor = holdBelow(t.dir, path);
  if (descriptor === undefined) return undefined;
  try {
    return openFew([{descriptor, name: 'tree'}]);
  } finally {
    fs.closeSync(descriptor);
  }
}

function makeTree(t: Sandbox): void {
  fs.mkdirSync(`${t.dir}/tree/below`, {recursive: true});
  fs.writeFileSync(`${t.dir}/tree/large`, Buffer.alloc(2 * mebibyte, 'a'));
  fs.writeFileSync(`${t.dir}/tree/below/small`, 'small');
}

interface Sent {
  readonly entry: Entry;
  readonly text: string;
}

function readAll(files: FewFiles | undefined): Sent[] {
  const all: Sent[] = [];
  for (let entry = files?.next(); entry !== undefined; entry = files?.next()) {
    const parts: Buffer[] = [];
    for (let part = files?.read(); part; part = files?.read()) parts.push(Buffer.from(part));
    all.push({entry, text: Buffer.concat(parts).toString()});
  }
  files?.close();
  return all;
}

const openDescriptors = (): number => fs.readdirSync('/proc/self/fd').length;

test('are sent with all below them', (t) => {
  makeTree(t);
  fs.chmodSync(`${t.dir}/tree/large`, 0o640);
  fs.utimesSync(`${t.dir}/tree/large`, 7, 1_000_000);
  const before = openDescriptors();
  const sent = readAll(few(t, '/tree')).sort((left, right) =>
    left.entry.path < right.entry.path ? -1 : 1,
  );
  const told = sent.map(({entry: {path, type, size}}) => [path, type, size]);
  assert.equal(told, [
    ['./tree', 'directory', 0],
    ['./tree/below', 'directory', 0],
    ['./tree/below/small', 'file', 5],
    ['./tree/large', 'file', 2 * mebibyte],
  ]);
  assert.is(sent[3]?.text, 'a'.repeat(2 * mebibyte));
  assert.is(sent[3]?.entry.mode, 0o640);
  assert.is(sent[3]?.entry.mtime, 1_000_000);
  assert.is(openDescriptors(), before);
});

test('stay those that were looked at', (t) => {
  makeTree(t);
  t.write('secret', 'secret');
  const files = few(t, '/tree');
  fs.renameSync(`${t.dir}/tree`, `${t.dir}/other`);
  fs.symlinkSync(t.dir, `${t.dir}/tree`);
  fs.rmSync(`${t.dir}/other/large`);
  fs.symlinkSync(`${t.dir}/secret`, `${t.dir}/other/large`);
  const texts = readAll(files).map(({text}) => text);
  assert.equal(texts.sort(), ['', '', 'a'.repeat(2 * mebibyte), 'small']);
});

test('are not read where they change', (t) => {
  const changes: Readonly<Record<string, (path: string) => void>> = {
    'became shorter as it was read': (path) => {
      fs.truncateSync(path, mebibyte);
    },
    'changed as it was read': (path) => {
      fs.appendFileSync(path, 'more');
    },
  };
  for (const [says, change] of Object.entries(changes)) {
    makeTree(t);
    const files = few(t, '/tree/large');
    assert.is(files?.next()?.path, './tree');
    files?.read();
    change(`${t.dir}/tree/large`);
    assert.throws(
      () => {
        while (files?.read() !== undefined);
        files?.next();
      },
      (error: Error) => error.message === says,
    );
    files?.close();
  }
});

test('are as long as they are when their turn has come', (t) => {
  makeTree(t);
  for (const [length, change] of [
    [2 * mebibyte + 4, fs.appendFileSync],
    [4, fs.writeFileSync],
  ] as const) {
    const files = few(t, '/tree/large');
    change(`${t.dir}/tree/large`, 'more');
    const [sent] = readAll(files);
    assert.is(sent?.entry.size, length);
    assert.is(sent?.text.length, length);
  }
});

test('are left to others where there is more to be said of them', (t) => {
  const changes: Readonly<Record<string, (tree: string) => void>> = {
    'a symlink': (tree) => {
      fs.symlinkSync('large', `${tree}/link`);
    },
    'a hard link': (tree) => {
      fs.linkSync(`${tree}/large`, `${tree}/again`);
    },
    'a setuid bit': (tree) => {
      fs.chmodSync(`${tree}/below/small`, 0o4755);
    },
    'a setgid directory': (tree) => {
      fs.chmodSync(`${tree}/below`, 0o2755);
    },
    holes: (tree) => {
      fs.truncateSync(`${tree}/large`, 8 * mebibyte);
    },
    'holes alone': (tree) => {
      fs.writeFileSync(`${tree}/below/small`, '');
      fs.truncateSync(`${tree}/below/small`, 4096);
    },
    'many files': (tree) => {
      for (let index = 0; index < 100; index++) fs.writeFileSync(`${tree}/${String(index)}`, '');
    },
  };
  const before = openDescriptors();
  for (const [what, change] of Object.entries(changes)) {
    makeTree(t);
    change(`${t.dir}/tree`);
    assert.is(few(t, '/tree'), undefined, what);
    fs.rmSync(`${t.dir}/tree`, {recursive: true});
  }
  assert.is(openDescriptors(), before);
});

test('are left to others where there are devices, pipes or sockets, which hear nothing of it', async (t) => {
  makeTree(t);
  await t.run('mkfifo', ['tree/pipe']);
  assert.is(few(t, '/tree'), undefined);
  fs.rmSync(`${t.dir}/tree/pipe`);
  if (process.getuid?.() !== 0) return;
  const {status} = await t.run('mknod', ['tree/device', 'c', '5', '99']); // which nobody can open
  if (status === 0) assert.is(few(t, '/tree'), undefined);
});

test('are left to others where the kernel makes them as they are read', () => {
  const before = openDescriptors();
  for (const path of [
    '/proc/version',
    '/proc/sys/kernel/ostype',
    '/sys/devices/virtual/net/lo/mtu',
  ]) {
    const descriptor = holdBelow('/', path);
    if (descriptor === undefined) continue; // not every kernel has it
    assert.is(openFew([{descriptor, name: 'file'}]), undefined, path);
    fs.closeSync(descriptor);
  }
  assert.is(openDescriptors(), before);
});

test('are not held by a way with a symlink in it', (t) => {
  makeTree(t);
  fs.symlinkSync('tree', `${t.dir}/link`);
  fs.symlinkSync('large', `${t.dir}/tree/file`);
  const before = openDescriptors();
  const inside = ['/link/large', '/tree/../tree/large', '/tree/large/', '/tree/none/large', 'tree'];
  for (const path of inside) assert.is(holdBelow(t.dir, path), undefined, path);
  const link = holdBelow(t.dir, '/tree/file') ?? -1;
  assert.throws(() => openHeld(link), /ELOOP/); // it is held itself
  fs.closeSync(link);
  assert.is(openDescriptors(), before);
  for (const path of ['/tree/large', '//tree/./large', '/tree/', '/']) {
    fs.closeSync(holdBelow(t.dir, path) ?? -1);
  }
});
