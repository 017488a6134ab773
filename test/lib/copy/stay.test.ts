// A copy that this process makes by itself, of an instance that is given back meanwhile: nobody ends it.

import fs from 'node:fs';
import * as assert from 'uvu/assert';
import {until} from '../../helpers/held.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../source/contract/kinds.js';

const test = suite('copies of what is given back meanwhile');

const long = {timeLimitMs: 120_000};
const seen: readonly Kind[] = kinds.filter(({name}) =>
  ['chroot', 'schroot', 'lxc', 'pool over chroot'].includes(name),
);

/** Starts a copy, and stops it when it has read some of its file and not all. */
async function stopped(
  t: Sandbox,
  words: string,
): Promise<{pid: number; end: () => Promise<unknown>}> {
  let pid = 0;
  const copy = t.run('sh', ['-c', `exec crcache cp ${words}`], {
    onStart: (child) => (pid = child.pid ?? 0),
  });
  // In a shell of its own, which starts nothing: it sees it before a copy of that size can be over. What it reads of a
  // descriptor that is closed meanwhile may begin in the middle.
  const watch = `while kill -0 ${String(pid)}; do
    for each in /proc/${String(pid)}/fdinfo/*; do
      read -r key at <"$each" && [ "$key" = pos: ] && [ "$at" -ge 4194304 ] || continue
      kill -s STOP ${String(pid)}
      exit
    done
  done 2>/dev/null
  exit 1`;
  assert.is((await t.run('sh', ['-c', watch])).status, 0, 'it is stopped before it is over');
  t.atEnd(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended
    }
  });
  return {
    pid,
    async end() {
      const {status, stderr} = await copy;
      return [status, stderr];
    },
  };
}

for (const kind of seen) {
  test(`end at once, and keep nobody from giving it back: ${kind.name}`, long, async (t) => {
    if (!canBeTested(kind)) t.skip(`${kind.name} cannot be tried here`);
    const name = await acquireKind(t, kind);
    fs.mkdirSync(`${t.dir}/here`);
    fs.writeFileSync(`${t.dir}/large`, Buffer.alloc(256 * 1_048_576, 'a'));
    for (const way of ['into', 'out of']) {
      if (way === 'out of') {
        assert.is((await t.crcache(['cp', 'large', `${name}:/`])).stderr, '');
      }
      const words = way === 'into' ? `large ${name}:/tmp/` : `${name}:/large here/`;
      const copy = await stopped(t, words);
      const link = `${t.dir}/state/sources/${kind.source}/in-use/${name}`;
      assert.ok(fs.lstatSync(link).isSymbolicLink());
      const release = t.crcache(['release', name]);
      await until(() => !fs.existsSync(link), 'it is being released');
      process.kill(copy.pid, 'SIGCONT');
      const gone = `crcache: '${name}' was released or reset while files were copied\n`;
      assert.equal(await copy.end(), [1, gone], way);
      const {status, stderr} = await release;
      assert.equal([status, stderr], [0, ''], way);
      assert.equal(fs.readdirSync(`${t.dir}/here`), []);
      assert.is((await t.crcache(['acquire', '-s', kind.source])).stdout, `${name}\n`);
    }
  });
}
