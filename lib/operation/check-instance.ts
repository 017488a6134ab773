// check-instance: whether instances are alive.

import type {Cache} from './cache.js';
import {whyDead} from './fitness.js';
import {readInstance} from './instance.js';
import {findInstance} from './resolve.js';

export interface Dead {
  readonly name: string;
  readonly why: string;
}

/** Those of the instances that words mean in which nothing can run, in the order of the words. */
export async function checkByName(cache: Cache, words: readonly string[]): Promise<Dead[]> {
  const found = words.map((word) => {
    const {source, name} = findInstance(cache, word);
    return readInstance(cache, source, name);
  });
  const checked = await Promise.all(
    found.map(async (instance) => ({name: instance.name, why: await whyDead(cache, instance)})),
  );
  return checked.flatMap(({name, why}) => (why === undefined ? [] : [{name, why}]));
}
