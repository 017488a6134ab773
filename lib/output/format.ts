// --format, as git for-each-ref has it: '%(key)' stands for a value, '%%' for a percent sign, '%09' for the character
// with this hexadecimal number.

import {CrcacheError} from '../errors.js';
import {nearest} from '../nearest.js';
import type {Fields} from './value.js';

/** Text, or the key of a value. */
export type Piece = {readonly text: string} | {readonly key: string};

/** The pieces of a format; wrong usage where it names a key that there is not. */
export function parseFormat(format: string, fields: Fields<never>): readonly Piece[] {
  const pieces: Piece[] = [];
  let rest = format;
  while (rest !== '') {
    const [all = '', text = '', sign] =
      /^([^%]*)(%%|%[0-9a-f]{2}|%\([^)]*\)|%)?/is.exec(rest) ?? [];
    if (text !== '') pieces.push({text});
    if (sign === '%%') pieces.push({text: '%'});
    else if (sign === '%') throw strayPercent(rest.slice(text.length));
    else if (sign?.startsWith('%(') === false) {
      pieces.push({text: String.fromCharCode(parseInt(sign.slice(1), 16))});
    } else if (sign !== undefined) {
      const key = sign.slice(2, -1);
      checkKey(key, fields);
      pieces.push({key});
    }
    rest = rest.slice(all.length);
  }
  return pieces;
}

/** Refuses a key that there is not; `more` are keys beside those of the table. */
export function checkKey(key: string, fields: Fields<never>, more: readonly string[] = []): void {
  const keys = [...Object.keys(fields), ...more];
  if (keys.includes(key)) return;
  const near = nearest(key, keys);
  throw new CrcacheError(
    'usage',
    `there is no key '${key}'`,
    near === undefined ? `one of: ${keys.join(', ')}` : `did you mean '${near}'?`,
  );
}

function strayPercent(at: string): CrcacheError {
  return new CrcacheError(
    'usage',
    `the format has a '%' that nothing begins with: '${at}'`,
    "a key is written '%(name)', a percent sign '%%'",
  );
}
