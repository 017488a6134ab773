// The place that a receiving sh tells, where others are to put what comes (copy/receive-script.ts).

import {decodeBytes} from '../../bytes.js';
import {readSome} from '../../pipes.js';

export interface ToldPlace {
  readonly what: string;
  readonly path: string;
}

/** Waits for it; undefined where the sh ends without. */
export function readPlace(descriptor: number): ToldPlace | undefined {
  const buffer = Buffer.alloc(16_384);
  for (let length = 0; ;) {
    const more = readSome(descriptor, buffer, length);
    length += more;
    const [what = '', path = '', ...rest] = decodeBytes(buffer.subarray(0, length)).split('\0');
    if (rest.length > 0) return {what, path};
    if (more === 0) return undefined;
  }
}
