// What -p keeps as root, and what becomes of it without: owners, setuid bits, devices, attributes; and links and holes.

import * as assert from 'uvu/assert';
import {readHeader, writeHeader} from '../../../lib/copy/header.js';
import {makeDebianTree} from '../../helpers/golden.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('cp -p');

/** Prints all that there is to know of a tree, a line for each of its files; the second word leaves out what is in them. */
const describe = `
import hashlib, os, sys
top = os.fsencode(sys.argv[1])
links = {}
def tell(path):
    at = os.path.join(top, path)
    facts = os.lstat(at)
    same = links.setdefault(facts.st_ino, path) if facts.st_nlink > 1 and not os.path.isdir(at) else path
    target = os.readlink(at) if os.path.islink(at) else b''
    content = hashlib.sha256(open(at, 'rb').read()).hexdigest() if os.path.isfile(at) and not target else ''
    names = sorted(os.listxattr(at, follow_symlinks=False))
    attributes = [(name, os.getxattr(at, name, follow_symlinks=False)) for name in names]
    print(path, oct(facts.st_mode), facts.st_uid, facts.st_gid, int(facts.st_mtime), facts.st_rdev, same, target, content, attributes)
tell(b'')
for directory, below, files in os.walk(top):
    for name in sorted(below + files): tell(os.path.relpath(os.path.join(directory, name), top))
`;

/** Code that notes how `tree` is, and a function that says whether another is so to the last bit. */
function likeTree(t: Sandbox): string {
  const program = t.write('describe.py', describe);
  return `tell() { python3 ${program} "$1" | sort; }; tell tree >was
    like() { if tell "$1" | diff -a was - >&2; then echo like; fi; }\n`;
}

async function enter(t: Sandbox): Promise<string> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('python3', 'mknod');
  return acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
}

const special = `mkdir -p tree/dir; echo 1 >tree/dir/setuid; echo 2 >tree/owned; ln tree/owned tree/hard; ln -s owned tree/link
  long=$(printf '%0200d' 0); mkdir tree/$long; echo 3 >tree/$long/$long; truncate -s 1M tree/holes; echo 4 >>tree/holes
  mknod tree/null c 1 3; mknod tree/disk b 7 200
  chown 1234:2345 tree/owned tree/dir; chown -h 12:34 tree/link; chmod 4755 tree/dir/setuid; chmod 2775 tree/dir
  python3 -c 'import os, struct
os.setxattr("tree/owned", "user.colour", b"\\xff\\x00red")
os.setxattr("tree/" + "0" * 200 + "/" + "0" * 200, "user.long", b"name")
os.setxattr("tree/dir/setuid", "security.capability", struct.pack("<5I", 0x2000001, 1 << 13, 0, 0, 0))'
  find tree -exec touch -h -d '2001-02-03 04:05:06' {} +
`;

test(
  'keeps owners, setuid bits, devices, attributes and links, in and out',
  {timeLimitMs: 60_000},
  async (t) => {
    const name = await enter(t);
    const code = `set -e; ${special}${likeTree(t)}
    crcache cp -p tree ${name}:$PWD/in; like in; crcache cp -p ${name}:$PWD/in out; like out
    crcache pack-files -p tree | crcache unpack-files -p there; like there/tree`;
    const {stdout, stderr} = await t.run('bash', ['-c', code]);
    assert.is(stderr, '');
    assert.is(stdout, 'like\nlike\nlike\n');
  },
);

test(
  'is told from a copy without it, which drops them and says so',
  {timeLimitMs: 60_000},
  async (t) => {
    const name = await enter(t);
    const code = `set -e; ${special}
    crcache cp ${name}:$PWD/tree out || echo "status $?"; cd out; find . ! -path './0*' ! -name holes -printf '%P %m %U %n\\n' | sort
    python3 -c 'import os; print(os.listxattr("owned"), os.listxattr("dir/setuid"))'
    cd ..; rm tree/null tree/disk; crcache cp tree ${name}:$PWD/in 2>&1; crcache cp --exclude setuid tree ${name}:$PWD/none 2>/dev/null; cd in; find . -perm /6000 -type f; find . ! -user 0`;
    const {stdout, stderr} = await t.run('bash', ['-c', code]);
    const said = [
      "crcache: 'tree/dir' has lost its setuid or setgid bit",
      "crcache: 'tree/dir/setuid' has lost its setuid or setgid bit",
      "crcache: 'tree/disk' is a device and was left out",
      "crcache: 'tree/null' is a device and was left out",
      '',
    ];
    const [hint = '', ...lines] = stderr.split('\n').reverse();
    assert.is(hint, '');
    assert.equal(lines.slice(2).sort(), said.slice(0, 4));
    assert.match(lines[1] ?? '', /^crcache: not all of '.*\/tree' was copied$/);
    const left = [' 755 0 4', 'dir 775 0 2', 'dir/setuid 755 0 1', 'hard 644 0 2', 'link 777 0 1'];
    const lost = said.filter((line) => line.includes('tree/dir'));
    assert.is(stdout, ['status 1', ...left, 'owned 644 0 2', '[] []', ...lost, ''].join('\n'));
  },
);

test('brings a Debian system out and back in as it is', {timeLimitMs: 120_000}, async (t) => {
  const name = await enter(t);
  makeDebianTree(t, `${t.dir}/tree`);
  // What schroot is told of chroots comes and goes with other tests.
  const code = `set -e; mkdir tree/all-of-etc; find /etc -mindepth 1 -maxdepth 1 ! -name schroot -exec cp -a {} tree/all-of-etc/ ';'
    cp -a /usr/bin/passwd /usr/bin/newgrp tree/root/
    mknod -m 666 tree/dev/null c 1 3; mknod -m 660 tree/dev/vda b 254 0; chgrp 6 tree/dev/vda; mkfifo tree/run/pipe
    ln tree/etc/passwd tree/etc/passwd-; find tree -type s -delete; ${likeTree(t)}    crcache cp -p ${name}:$PWD/tree out; like out; crcache cp -p out/. ${name}:$PWD/back; like back
    crcache cp -p ${name}:$PWD/back ${name}:$PWD/again; like again`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  assert.is(stdout, 'like\nlike\nlike\n');
});

test(
  'takes a file of 9 GiB with holes in and out without filling them',
  {timeLimitMs: 60_000},
  async (t) => {
    const name = await enter(t);
    const code = `set -e; truncate -s 9G large; printf middle | dd of=large bs=1M seek=8500 conv=notrunc status=none; printf end >>large
    for how in '' -p; do
      crcache cp $how large ${name}:$PWD/in; crcache cp $how ${name}:$PWD/in out
      stat -c %s out; [ "$(stat -c %b out)" -lt 2000 ]; tail -c 3 out; dd if=out bs=1M skip=8500 count=1 status=none | head -c 6; echo; rm in out
    done`;
    const {stdout, stderr} = await t.run('bash', ['-c', code]);
    assert.is(stderr, '');
    assert.is(stdout, '9663676419\nendmiddle\n'.repeat(2));
  },
);

test('reads the headers that it writes for any size', () => {
  const plain = {
    path: './f',
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    link: '',
  } as const;
  for (const size of [0, 8 * 2 ** 30 - 1, 8 * 2 ** 30, 9 * 2 ** 30 + 1, 2 ** 52]) {
    const header = writeHeader({...plain, size, device: [0, 0], pax: new Map()});
    assert.is(readHeader(header).size, size);
  }
});
