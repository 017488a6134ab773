// Commands by their name or another name of theirs.

import {CrcacheError} from '../errors.js';
import {nearest} from '../nearest.js';
import type {Command} from './command.js';
import {programOptions} from './global-options.js';

export function findCommand(commands: readonly Command[], word: string): Command | undefined {
  return commands.find(({name, aliases}) => name === word || aliases?.includes(word) === true);
}

/** The failure for a word that is no command; `others` are further words that would have been right. */
export function unknownCommand(
  commands: readonly Command[],
  word: string,
  others: readonly string[] = [],
): CrcacheError {
  const options = programOptions.map(({name}) => `--${name}`);
  const names = [...commands.flatMap(({name, aliases = []}) => [name, ...aliases]), ...others];
  const longer = names.filter((name) => name.split('-').includes(word));
  const near = longer.length > 0 ? longer : [nearest(word, [...names, ...options]) ?? []].flat();
  const meant = near.map((name) => `'${name}'`).join(' or ');
  const hint = meant === '' ? 'crcache commands' : `did you mean ${meant}?`;
  return new CrcacheError('usage', `'${word}' is not a crcache command`, hint);
}
