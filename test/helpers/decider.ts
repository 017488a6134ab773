// A process of its own that makes a decision under a source's lock, for tests of the lock.
//
//   node decider.js DIRECTORY [STEP]
//
// It adds its pid to DIRECTORY/decided, which no two may do with the same number of lines before them, and prints
// 'done'. At STEP it prints that and stops itself, until it is continued.

import {appendFileSync, readFileSync} from 'node:fs';
import {CrcacheError} from '../../lib/errors.js';
import {decide} from '../../lib/store/lock.js';
import {Workshop} from '../../lib/store/worker.js';

const [, , directory = '', stopAt] = process.argv;

let hasStopped = false;

function countLines(): number {
  return readFileSync(`${directory}/decided`, 'utf8').split('\n').length;
}

try {
  const line = await decide(
    {
      source: 's',
      directory,
      workshop: new Workshop(process.pid),
      patienceMs: 30_000,
      step: (name) => {
        if (name !== stopAt || hasStopped) return;
        hasStopped = true;
        process.stdout.write(`${name}\n`);
        process.kill(process.pid, 'SIGSTOP');
      },
    },
    {
      look: countLines,
      act: (count) => {
        appendFileSync(`${directory}/decided`, `${String(count)} ${String(process.pid)}\n`);
        return count;
      },
    },
  );
  process.stdout.write(`done ${String(line)}\n`);
} catch (error) {
  if (!(error instanceof CrcacheError)) throw error;
  process.stdout.write(`${error.kind}: ${error.message}\n`);
}
