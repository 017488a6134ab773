// run --files: what the command finds where it runs.

import * as assert from 'uvu/assert';
import type {There} from './there.js';

export function describeFiles(there: There): void {
  const {test} = there;

  test('files are found under the same paths, and variables stand before the command', async (t) => {
    const name = await there.enter(t);
    const file = t.write('a file', 'text\n');
    const show = 'printf "%s|" "$A" "$B" "$1" "$(cat "$1")"';
    const words = ['run', '--files', name, file, '--', 'A=b c', 'B=', 'sh', '-c', show, 'sh', file];
    const {stdout, stderr} = await t.crcache(words);
    assert.equal([stdout, stderr], [`b c||${file}|text|`, '']);
  });

  test('files are found by relative names, however they are written, and by a line too', async (t) => {
    const name = await there.enter(t);
    t.write('dir/a', 'text\n');
    for (const [file, word] of [
      ['dir/a', 'dir/a'],
      ['dir/a', './dir/a'],
      ['./dir/a', 'dir/a'],
    ] as const) {
      const {stdout, stderr} = await t.crcache(['run', '--files', name, file, '--', 'cat', word]);
      assert.equal([stdout, stderr], ['text\n', ''], `${file} as ${word}`);
    }
    const {stdout, stderr} = await t.crcache([
      'run',
      '--files',
      '-S',
      'cat dir/a',
      name,
      'dir/a',
      '--',
    ]);
    assert.equal([stdout, stderr], ['text\n', '']);
    const none = await t.crcache(['run', '--files', name, 'nosuch', '--', 'true']);
    assert.equal(
      [none.status, none.stderr],
      [125, `crcache: there is no file '${t.dir}/nosuch'\n`],
    );
  });

  test('no file is fine as well, and the command is left alone', async (t) => {
    const name = await there.enter(t);
    const words = ['--', 'printf', '<%s>', 'A=b', '--', '-e', ''];
    const {stdout, status} = await t.crcache(['run', '--files', name, ...words]);
    assert.equal([stdout, status], ['<A=b><--><-e><>', 0]);
  });
}
