// The hash of a source's configuration, which is remembered beside its instances: reading all hooks takes time.

import type {Remembered} from '../config/hash.js';
import {orUndefined, readText, writeWhole} from '../files.js';
import type {SourceState} from '../store/source-state.js';

/** The hash of a source's configuration is remembered beside its instances. */
export function rememberedBy(state: SourceState): Remembered {
  const path = `${state.directory}/configs.hash`;
  return {
    get: () => readText(path)?.trimEnd(),
    set: (_file, hash) => {
      if (!state.exists) return;
      // Who may only read the state can look at it all the same.
      orUndefined(
        () => {
          writeWhole(path, `${hash}\n`);
        },
        ...['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'],
      );
    },
  };
}
