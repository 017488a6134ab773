// Parts of tar archives as no tar would write them.

import {emptyFile, type Entry} from '../../lib/copy/entry.js';
import {writeHeader} from '../../lib/copy/header.js';

/** The header of an entry, which is an empty file but for what is said. */
export function header(facts: Partial<Entry>): Buffer {
  return writeHeader({...emptyFile, path: 'file', mode: 0o644, ...facts});
}

export function file(path: string, text: string, mode = 0o644): Buffer {
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text);
  return Buffer.concat([header({path, mode, size: text.length}), body]);
}

/** What an archive ends with. */
export const end = Buffer.alloc(1024);
