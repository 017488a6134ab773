// The host that an instance is, for who wants to reach it from outside: what a test of several may ask for.

import type {Cache, Source} from './cache.js';
import {levelsOf, readInstance} from './instance.js';

/** Its name or address; undefined where it has a network of its own and does not say. */
export function hostOf(cache: Cache, source: Source, name: string): string | undefined {
  const levels = levelsOf(cache, readInstance(cache, source, name));
  const known = levels
    .map(({type, facts}) => facts.handle['host'] ?? type.address?.(facts))
    .find((host) => host !== undefined);
  if (known !== undefined) return bare(known);
  const isHere = levels.every(
    ({type, facts}) => type.capabilities(facts.settings).network === 'shared',
  );
  return isHere ? 'localhost' : undefined;
}

/** Without the user and the port that lead there. */
function bare(host: string): string {
  const [, name = host] = /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(host) ?? [];
  return name.replace(/^\[(.*)\]$/, '$1');
}
