// The records of a pax header, which say more of a file than a header of ustar has room for. Values are bytes, a
// character each.

import {ArchiveProblem, type Entry} from './entry.js';
import {description} from './header.js';

export function readPax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.length;) {
    const blank = bytes.indexOf(0x20, start);
    const length = blank === -1 ? NaN : Number(bytes.toString('latin1', start, blank));
    const end = start + length;
    const equals = bytes.indexOf(0x3d, blank);
    const isSound = length > 0 && end <= bytes.length && equals > blank && equals < end;
    if (!isSound || bytes[end - 1] !== 0x0a) {
      throw new ArchiveProblem('the stream has a damaged pax header');
    }
    records.set(
      bytes.toString('latin1', blank + 1, equals),
      bytes.toString('latin1', equals + 1, end - 1),
    );
    start = end;
  }
  return records;
}

/** Records that are handed on; names and sizes are not among them, for those are written anew. */
const kept = /^(SCHILY\.(xattr|acl)\.|mtime$|GNU\.sparse\.(major|minor|realsize)$)/;

/** The blocks of a pax header for what an entry's own header cannot say; none where there is nothing of that. */
export function writePax({pax, path}: Entry): readonly Buffer[] {
  const records = [...pax].filter(([key]) => kept.test(key));
  if (records.length === 0) return [];
  if (pax.has('GNU.sparse.major')) records.push(['GNU.sparse.name', path]);
  return description('x', Buffer.concat(records.map(([key, value]) => record(key, value))));
}

function record(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${String(length)}${rest}`.length !== length) length++;
  return Buffer.from(`${String(length)}${rest}`, 'latin1');
}
