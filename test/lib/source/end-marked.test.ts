// What ends commands by their environment works with the programs that the far side has.

import {spawn} from 'node:child_process';
import {symlinkSync, unlinkSync} from 'node:fs';
import path from 'node:path';
import * as assert from 'uvu/assert';
import {watcherKey} from '../../../lib/processes.js';
import {endMarked} from '../../../lib/source/end-marked.js';
import {until} from '../../helpers/held.js';
import {findProgram} from '../../helpers/programs.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';

const test = suite('the end of marked commands');

for (const kind of ['this machine', 'busybox', 'a busybox without grep -z']) {
  test(`finds them with the programs of ${kind}`, async (t) => {
    t.needs('busybox', 'grep', 'sh', 'sleep', 'tr');
    const busybox = findProgram('busybox') ?? '';
    const env = {...t.env, CRCACHE_RUN_MARK: `${path.basename(t.dir)}.`};
    const bin = t.write('bin/README', '').replace('/README', '');
    const hasZ = !kind.endsWith('-z');
    // Without tr it cannot look at one process after the other.
    for (const name of ['grep', 'sh', 'sleep', ...(hasZ ? [] : ['tr'])]) {
      symlinkSync(kind === 'this machine' ? (findProgram(name) ?? '') : busybox, `${bin}/${name}`);
    }
    if (!hasZ) {
      unlinkSync(`${bin}/grep`);
      const code = `case $1 in *z*) echo "grep: invalid option -- 'z'" >&2; exit 1 ;; esac`;
      t.write('bin/grep', `#!${busybox} sh\n${code}\nexec ${busybox} grep "$@"\n`, 0o755);
    }
    const command = t.run('sleep', ['20'], {env});
    const ended = await t.run(
      path.join(bin, 'sh'),
      ['-c', endMarked, 'sh', `CRCACHE_RUN_MARK=${env.CRCACHE_RUN_MARK}`, 'END'],
      {env: {PATH: bin}},
    );
    assert.equal([ended.status, ended.stderr], [0, '']);
    assert.is((await command).signal, 'SIGTERM');
  });
}

test('leaves none of those that start another one whenever one ends', async (t) => {
  const env = {...t.env, CRCACHE_RUN_MARK: `${path.basename(t.dir)}.`};
  const word = ownSeconds(t);
  const loop = `trap '' TERM; while :; do sleep ${word}; done`;
  const command = t.run('sh', ['-c', `for each in 1 2 3 4 5 6 7 8; do (${loop}) & done; wait`], {
    env,
  });
  await until(() => processesWith(word).length === 8, 'all sleep');
  const words = ['-c', endMarked, 'sh', `CRCACHE_RUN_MARK=${env.CRCACHE_RUN_MARK}`, 'END'];
  assert.is((await t.run('sh', words)).status, 0);
  assert.equal(processesWith(word), []);
  await command;
});

test('leaves alone what a watcher has started that says nothing of itself yet', async (t) => {
  const word = ownSeconds(t);
  const watcher = spawn('sh', ['-c', `env -i sleep ${word} & wait`], {
    env: {...t.env, [watcherKey]: '1'},
    stdio: 'ignore',
  });
  await until(() => processesWith(word).length === 1, 'it sleeps');
  const [pid = ''] = processesWith(word);
  t.atEnd(() => process.kill(Number(pid), 'SIGKILL'));
  const mark = `CRCACHE_RUN_MARK=${path.basename(t.dir)}.`;
  const ended = await t.run('sh', ['-c', endMarked, 'sh', mark, 'END']);
  assert.equal([ended.status, ended.stderr], [0, '']);
  assert.equal(processesWith(word), [pid]);
  assert.is(watcher.exitCode, null);
});

test('has no single quote, which each shell that hands it on would have to look for and wrap', () => {
  assert.not.match(endMarked, "'");
});
