// What a backend has under our id and no record knows.
//
// The listing is taken before the records are read: whatever is listed and has no record had one, or never will. It is
// looked at again before anything is deleted, and matched by incarnation; a listing that fails deletes nothing.

import type {CommonSettings} from '../config/common-keys.js';
import {CrcacheError, messageOf} from '../errors.js';
import type {InstanceFacts, Listed} from '../source/source.js';
import {formatWorker} from '../store/worker.js';
import type {Cache, Source} from './cache.js';
import {surroundingsOf} from './instance.js';
import type {Due} from './tidy.js';

export async function orphans(cache: Cache, source: Source): Promise<Due[]> {
  const {type, settings, state, name} = source;
  if (!state.exists) return [];
  const worker = state.around.workshop.newWorker();
  const surroundings = surroundingsOf(
    cache,
    `${state.directory}/trash/tools@${formatWorker(worker)}`,
  );
  const storeId = cache.store.id;
  const list = (): Promise<readonly Listed[]> =>
    type.list({source: name, storeId, settings, surroundings});
  let listed: readonly Listed[];
  try {
    listed = await list();
  } catch (error) {
    throw new CrcacheError(
      'failed',
      `it cannot be listed, so nothing unknown of it is discarded: ${messageOf(error)}`,
    );
  }
  state.around.step('gc:listed');
  // Of one whose record is lost, and not its symlink, nobody knows which it was.
  const isLost = (name: string): boolean =>
    state.find(name) !== undefined && state.incarnation(name) === undefined;
  const isUnknown = (each: Listed): boolean =>
    state.isGone(each.name, each.incarnation) && !isLost(each.name);
  return listed.filter(isUnknown).map((found) => ({
    what: `discard '${found.name}' (${found.incarnation}), which no record knows`,
    source: name,
    run: async () => {
      const again = (await list()).find(({incarnation}) => incarnation === found.incarnation);
      if (again === undefined || !isUnknown(again)) return;
      const facts: InstanceFacts<CommonSettings> = {
        ...again,
        storeId,
        settings,
        surroundings,
        directory: `${state.directory}/trash/${again.name}.${again.incarnation}`,
      };
      await type.discard(facts);
      state.note({instance: again.name, why: 'no record knew it'});
    },
  }));
}
