// Whether the instances of a copy are still where they were when it began. A release ends the programs in its instance, and
// this process, which copies by itself, is none of them.

import {CrcacheError} from '../../errors.js';
import {entryOf} from '../../files.js';
import {sourceNameOf} from '../../instance.js';
import {linkOf} from '../../store/place.js';
import type {Cache} from '../cache.js';
import {levelsOf} from '../instance.js';
import type {Transfer} from './transfer.js';

/** A function that fails once one of them has been moved. */
export function stayOf(cache: Cache, {from, to}: Transfer): () => void {
  const instances = [from, to].flatMap((end) =>
    'instance' in end && typeof end.instance === 'object'
      ? levelsOf(cache, end.instance.instance)
      : [],
  );
  const stays = instances.map(({facts: {name}}) => {
    const link = linkTo(cache, name);
    return {name, link, since: sinceWhen(link)};
  });
  return () => {
    for (const {name, link, since} of stays) {
      if (since !== undefined && sinceWhen(link) === since) continue;
      throw new CrcacheError('failed', `'${name}' was released or reset while files were copied`);
    }
  };
}

function linkTo(cache: Cache, name: string): string | undefined {
  const state = cache.store.source(sourceNameOf(name));
  const place = state.find(name);
  return place && `${state.directory}/${linkOf(place)}`;
}

/** Each transition is a rename, which changes this. */
function sinceWhen(link: string | undefined): string | undefined {
  const entry = link === undefined ? undefined : entryOf(link);
  return entry && `${String(entry.ino)} ${String(entry.ctimeNs)}`;
}
