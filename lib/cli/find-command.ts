// Commands by their name or another name of theirs.

import {CrcacheError} from '../errors.js';
import type {Command} from './command.js';
import {nearest} from '../nearest.js';

export function findCommand(commands: readonly Command[], word: string): Command | undefined {
  return commands.find(({name, aliases}) => name === word || aliases?.includes(word) === true);
}

/** The failure for a word that is no command; `others` are further words that would have been right. */
export function unknownCommand(
  commands: readonly Command[],
  word: string,
  others: readonly string[] = [],
): CrcacheError {
  const words = [...commands.flatMap(({name, aliases = []}) => [name, ...aliases]), ...others];
  const near = nearest(word, words);
  const hint = near === undefined ? 'crcache commands' : `did you mean '${near}'?`;
  return new CrcacheError('usage', `'${word}' is not a crcache command`, hint);
}
