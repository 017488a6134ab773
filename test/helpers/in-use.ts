// Instances to run commands in: of this machine, of a directory each, and of a pool over such.

import * as assert from 'uvu/assert';
import type {Sandbox} from './sandbox.js';

/** An instance of each type that needs nothing but this machine. */
export const usedInstances = ['local-0', 'sim-0', 'pool-0'] as const;

/** Acquires them, and 'sim-1' besides; their configuration is the sandbox's. */
export async function useInstances(t: Sandbox): Promise<void> {
  t.write('config/sources/sim/source.conf', 'type=sim\n');
  t.write('config/sources/local/source.conf', 'type=local\n');
  t.write('config/sources/pool/source.conf', 'type=pool\nsources=sim\n');
  for (const words of [['local'], ['sim', '2'], ['pool']]) {
    const {status, stderr} = await t.crcache(['acquire', '-s', ...words]);
    assert.is(status, 0, stderr);
  }
}
