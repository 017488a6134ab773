// The parameters of a block of code as variables of its environment.

import {isMapping, type Data} from '../../config/structured.js';

/** Each 'KEY=VALUE'; a value's key stands behind those above it. Lists are in the file of parameters alone. */
export function variablesOf(params: Data, above: readonly string[] = []): string[] {
  if (isMapping(params)) {
    return Object.entries(params).flatMap(([key, value]) => variablesOf(value, [...above, key]));
  }
  if (typeof params === 'object' && params !== null) return [];
  if (above.length === 0) return [];
  const name = above.join('_').replaceAll(/[^A-Za-z0-9_]/g, '_');
  const text = String(params ?? '');
  return /^[0-9]/.test(name) || text.includes('\0') ? [] : [`${name}=${text}`];
}
