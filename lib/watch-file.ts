// Being told that a file has changed.

import fs from 'node:fs';
import {orUndefined} from './files.js';

/** Calls when a file is touched, written or renamed, if it can be watched: who watches also looks. The value ends that. */
export function watchFile(path: string, onChange: () => void): () => void {
  const watch = () => fs.watch(path, {persistent: false}, onChange).on('error', () => undefined);
  const watcher = orUndefined(watch, 'EMFILE', 'ENFILE', 'ENOSPC');
  return () => {
    watcher?.close();
  };
}
