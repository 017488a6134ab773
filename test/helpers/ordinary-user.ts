// An ordinary user, whom a test's process becomes for good where it is root's: so all that it makes, and runs, is theirs.

import {appendFileSync, chmodSync, chownSync} from 'node:fs';
import {dirname} from 'node:path';

export const ordinaryUid = 54321;

/** To be called before any test of the process runs. */
export function becomeOrdinaryUser(): void {
  if (process.getuid?.() !== 0) return;
  const ledger = process.env['CRCACHE_TEST_LEDGER'];
  if (ledger !== undefined) {
    // It is the runner's, in a directory of its own, and all that a test's process writes to beside its sandboxes.
    appendFileSync(ledger, '');
    chownSync(ledger, ordinaryUid, ordinaryUid);
    chmodSync(dirname(ledger), 0o711);
  }
  process.setgroups?.([]);
  process.setgid?.(ordinaryUid);
  process.setuid?.(ordinaryUid);
}
