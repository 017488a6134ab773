// Files that this process has open because whoever started it had. Node keeps the first of them from the programs that it
// starts, but none after a gap in their numbers.

import fs from 'node:fs';
import {listNames, readText} from './files.js';

const closeOnExec = 0o2000000;

/** Closes all that was inherited but for the three streams; nothing of ours uses it. */
export function closeInherited(): void {
  for (const name of listNames('/proc/self/fd')) {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readText(`/proc/self/fdinfo/${name}`) ?? '')?.[1];
    const isOurs = flags === undefined || (Number.parseInt(flags, 8) & closeOnExec) !== 0;
    if (Number(name) > 2 && !isOurs) fs.closeSync(Number(name));
  }
}
