// The parameters of a block of code as variables of its environment.

import {isMapping, type Data} from '../../config/structured.js';

/** No program can be started with a variable of twice that. */
const longestBytes = 65_536;

/**
 * Each 'KEY=VALUE'; a value's key stands behind those above it. Lists, and what is too long or has no name for a variable,
 * are in the file of parameters alone.
 */
export function variablesOf(params: Data, above: readonly string[] = []): string[] {
  if (isMapping(params)) {
    return Object.entries(params).flatMap(([key, value]) => variablesOf(value, [...above, key]));
  }
  if (typeof params === 'object' && params !== null) return [];
  if (above.length === 0) return [];
  const name = above.join('_').replaceAll(/[^A-Za-z0-9_]/g, '_');
  const text = String(params ?? '');
  const isVariable =
    /^[A-Za-z_]/.test(name) && !text.includes('\0') && Buffer.byteLength(text) <= longestBytes;
  return isVariable ? [`${name}=${text}`] : [];
}
