// What instances can do, in words: those that a request may name as its needs, and that are shown of a source.

import {CrcacheError} from '../errors.js';
import {nearest} from '../nearest.js';
import type {Capabilities} from '../source/source.js';
import type {Cache, Source} from './cache.js';
import {parseLabels, type Wish, type Wishes} from './wishes.js';

/** From the least to the most. */
const isolations: readonly Capabilities['isolation'][] = ['none', 'process', 'root', 'machine'];

const isApart =
  (wanted: Capabilities['isolation']) =>
  ({isolation}: Capabilities): boolean =>
    isolations.indexOf(isolation) >= isolations.indexOf(wanted);

const abilities: Readonly<Record<string, (capabilities: Capabilities) => boolean>> = {
  'isolation=process': isApart('process'),
  'isolation=root': isApart('root'),
  'isolation=machine': isApart('machine'),
  'network=own': ({network}) => network === 'own',
  'imports=bind': ({imports}) => imports !== 'copy',
  root: ({root}) => root === true,
  reset: ({reset}) => reset,
  reboot: ({reboot}) => reboot,
  park: ({park}) => park,
  'survives-reboot': ({survivesReboot}) => survivesReboot,
};

export const abilityWords: readonly string[] = Object.keys(abilities);

/** What a request wishes, as its options say. */
export function parseWishes(labels: readonly string[], needs: readonly string[]): Wishes {
  return [...parseLabels(labels), ...parseNeeds(needs)];
}

/** The needs of a request, each some words with commas between them. */
function parseNeeds(lists: readonly string[]): Wishes {
  return lists.flatMap((list) => list.split(',')).map((word) => needOf(word.trim()));
}

function needOf(words: string): Wish {
  const can = Object.hasOwn(abilities, words) ? abilities[words] : undefined;
  if (can !== undefined) {
    return {words, isMetBy: ({type, settings}) => can(type.capabilities(settings))};
  }
  const near = nearest(words, abilityWords);
  throw new CrcacheError(
    'usage',
    `option '--need' knows no '${words}'`,
    near === undefined ? `it knows ${abilityWords.join(', ')}` : `did you mean '${near}'?`,
  );
}

/** What all instances of a source can do, by themselves or by what they stand on. */
export function abilitiesOf(cache: Cache, source: Source): string[] {
  return parseNeeds(abilityWords)
    .filter((need) => canAll(cache, source, need))
    .map(({words}) => words);
}

function canAll(cache: Cache, source: Source, need: Wish): boolean {
  if (need.isMetBy(source)) return true;
  const below = cache.sourcesBelow(source);
  return below.length > 0 && below.every((each) => canAll(cache, each, need));
}
