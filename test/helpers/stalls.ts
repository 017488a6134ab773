// What the machine itself holds programs up by, for tests that measure how late something comes.

import {existsSync, readFileSync} from 'node:fs';

/** What `measure` came to, and for how many ms meanwhile the machine had programs wait for a disk, for memory or for its host. */
export async function withStalls<T>(
  measure: () => Promise<T>,
): Promise<{readonly value: T; readonly stalledMs: number}> {
  const before = stalledMs();
  const value = await measure();
  return {value, stalledMs: stalledMs() - before};
}

/** Since it started. */
function stalledMs(): number {
  const pressures = ['io', 'memory'].map((what) => `/proc/pressure/${what}`).filter(existsSync);
  const waits = pressures.map((file) => {
    const [, us = '0'] = /^some .*total=([0-9]+)/.exec(readFileSync(file, 'utf8')) ?? [];
    return Number(us) / 1000;
  });
  // Of the line of all processors, the eighth number is what the host took, in hundredths of a second.
  const stolen = Number(readFileSync('/proc/stat', 'utf8').split(/\s+/, 9)[8] ?? 0) * 10;
  return waits.reduce((sum, ms) => sum + ms, stolen);
}
