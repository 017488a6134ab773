// What a testbed can, as autopkgtest says it.

import type {Capabilities} from '../source/source.js';
import type {Cache, Source} from './cache.js';

/** What the instances of a source can, and those that they stand on. */
export function capabilitiesBelow(cache: Cache, source: Source): Capabilities[] {
  const [below] = cache.sourcesBelow(source);
  const own = source.type.capabilities(source.settings);
  return [own, ...(below === undefined ? [] : capabilitiesBelow(cache, below))];
}

/** The same in the words of autopkgtest. */
export function wordsFor(levels: readonly Capabilities[]): string[] {
  const some = (can: (level: Capabilities) => boolean): boolean => levels.some(can);
  const isMachine = some(({isolation}) => isolation === 'machine');
  const isApart = isMachine || some(({isolation}) => isolation === 'root');
  return [
    ...(isMachine ? ['isolation-machine'] : []),
    ...(isApart && some(({network}) => network === 'own') ? ['isolation-container'] : []),
    ...(isApart && some(({reset}) => reset) ? ['revert', 'revert-full-system'] : []),
    ...(some(({reboot}) => reboot) ? ['reboot'] : []),
  ];
}
