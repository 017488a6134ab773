// Types as tests of the configuration need them.

import type {TypeKeys} from '../../../lib/config/source-config.js';
import {count, flag, list, required, type KeyTable} from '../../../lib/keys.js';

const tables: Readonly<Record<string, KeyTable>> = {
  local: {maximum: count('how many instances it has', 1), fast: flag('whether it is fast')},
  pool: {sources: required(list('what it stands on'))},
};

export const types: TypeKeys = {
  keysOf: (type) => (Object.hasOwn(tables, type) ? tables[type] : undefined),
  names: () => Object.keys(tables),
};
