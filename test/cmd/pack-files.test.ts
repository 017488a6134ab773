import * as assert from 'uvu/assert';
import {suite} from '../helpers/suite.js';

const test = suite('pack-files and unpack-files');

const tree = `mkdir -p tree/sub; echo 1 >tree/a; echo 2 >tree/sub/b; ln -s a tree/link; chmod 750 tree/sub
  touch -h -d 2001-02-03 tree/* tree/sub/*`;
const listing = `listing() { (cd "$1" && find . -printf '%P %y %m %l %s %Ts\\n' | grep -v ' d ' | sort); }`;

test('move a tree through a pipe as it is', async (t) => {
  const code = `${tree}; ${listing}
    crcache pack-files tree >stream && tar tf stream | sort
    crcache unpack-files out/ <stream && diff <(listing tree) <(listing out/tree) && ls -A out
    crcache pack-files --exclude sub tree/. | tar t | sort
    crcache pack-files -L tree/link | tar tv | cut -c 1`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  const packed = ['tree/', 'tree/a', 'tree/link', 'tree/sub/', 'tree/sub/b'];
  const lines = [...packed.map((path) => `./${path}`), 'tree', './', './a', './link', '-', ''];
  assert.equal(stdout.split('\n'), lines);
});

test('name what is missing, and what is cut off', async (t) => {
  const code = `echo 1 >a; crcache pack-files a nothing >stream; echo "status $?"
    mkdir out; crcache unpack-files out <stream; echo "status $?"; ls -A out; rm out/a
    head -c 1024 stream | crcache unpack-files out; echo "status $?"; ls -A out`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  const said = [
    "crcache: cannot copy 'a', 'nothing': there is no 'nothing'",
    "crcache: cannot copy '-': the stream is cut off",
    '',
  ];
  assert.equal(stderr.split('\n'), said);
  assert.is(stdout, 'status 1\nstatus 0\na\nstatus 1\n');
});

test('want a PATH and a DIR', async (t) => {
  for (const name of ['pack-files', 'unpack-files']) {
    const {status, stderr} = await t.crcache([name]);
    assert.is(status, 2);
    assert.match(stderr, /is missing/);
  }
});
