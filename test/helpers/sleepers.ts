// Processes known by a word of theirs that no other has: files of tests run side by side, on one machine.

import * as assert from 'uvu/assert';
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import type {Sandbox} from './sandbox.js';

/** A number of seconds, longer than any test, that nobody else sleeps for. */
export function ownSeconds(t: Sandbox): string {
  return `9${String(t.random.below(1e8))}.5`;
}

/** The pids of all processes with this word, wherever they are. */
export function processesWith(word: string): string[] {
  return processesThat((words) => words.includes(word));
}

/** The pids of all processes whose first word begins so. */
export function processesStarting(text: string): string[] {
  return processesThat(([first = '']) => first.startsWith(text));
}

/** Sees all of those processes go. */
export async function seeGone(word: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (processesWith(word).length > 0 && Date.now() < deadline) await pause(20);
  assert.equal(processesWith(word), []);
}

function processesThat(isMeant: (words: readonly string[]) => boolean): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => {
      try {
        return isMeant(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'));
      } catch {
        return false; // it is gone
      }
    });
}
