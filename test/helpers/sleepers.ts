// Processes known by a word of theirs that no other has: files of tests run side by side, on one machine.

import {readdirSync, readFileSync} from 'node:fs';
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
