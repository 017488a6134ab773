// How crcache is killed in the middle of its work: at a step of its own, or while a tool of the type's is at work.

import type {StepName} from '../../steps.js';
import type {Trial} from './trial.js';

/** A point at which a call is cut off; a number: so many ms after the first tool has begun. */
export type Point = StepName | number;

/** Calls crcache and kills it at a point. Where it does not come by that, it comes to its end. */
export async function killAt(trial: Trial, point: Point, words: readonly string[]): Promise<void> {
  if (typeof point === 'string') {
    await trial.callWith({CRCACHE_STOP_AT: `kill:${point}`}, ...words);
  } else {
    const {directory} = trial.cache.store;
    await trial.shell(killing, directory, String(point / 1000), ...words);
  }
}

/** A tool notes itself in the instance's directory before it begins. */
const killing = `
  state=$1 delay=$2; shift 2
  note() { for note in "$state"/sources/*/instances/*/workers/*/[0-9]*; do [ -e "$note" ] && return; done; return 1; }
  rm -f ended
  { become_crcache "$@" >/dev/null 2>&1 & echo $! >started; wait $!; : >ended; } 2>/dev/null &
  until [ -s started ]; do :; done; read -r pid <started; rm started
  until note || [ -e ended ]; do :; done
  [ -e ended ] || { sleep "$delay"; kill -s KILL "$pid"; }
  wait`;
