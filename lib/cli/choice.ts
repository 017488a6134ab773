// Values that are limited to some words.

import {CrcacheError} from '../errors.js';
import {nearest} from '../nearest.js';

/** Refuses a value that is not among the choices, where there are such; `place` says where it stands. */
export function checkChoice(
  place: string,
  value: string | undefined,
  choices: readonly string[] | undefined,
): void {
  if (value === undefined || choices === undefined || choices.includes(value)) return;
  const near = nearest(value, choices);
  throw new CrcacheError(
    'usage',
    `${place} cannot be '${value}'`,
    near === undefined ? `one of: ${choices.join(', ')}` : `did you mean '${near}'?`,
  );
}
