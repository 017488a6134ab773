// The address of a container of this machine, as its own processes see it: whatever engine, network or hand gave it that.

import {orUndefined, readText} from '../../files.js';

/** The first address of a process's network that is not its own loopback; undefined where there is none. */
export function addressOfProcess(pid: number): string | undefined {
  const table = orUndefined(() => readText(`/proc/${String(pid)}/net/fib_trie`), 'ESRCH', 'EINVAL');
  const own = [...(table ?? '').matchAll(/\|-- ([0-9.]+)\n +\/32 host LOCAL/g)];
  return own.map(([, address]) => address).find((address) => address?.startsWith('127.') === false);
}
