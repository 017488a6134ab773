// The end that a few files go to where this process sees it: no program is led there.

import {isText} from '../../bytes.js';
import {HeldFiles} from '../../copy/held-files.js';
import {unlessFails} from '../../copy/held.js';
import {closePlace, dropPlace, type HeldPlace} from '../../copy/held-place.js';
import {ends} from '../../copy/manner.js';
import {partNameOf} from '../../copy/part-name.js';
import type {PipedEnd} from '../../piped.js';
import type {Cache} from '../cache.js';
import {noteComing} from './forget-copies.js';
import type {Incoming} from './incoming.js';
import {holdPlaceSeen} from './seen.js';
import type {To} from './transfer.js';

/** Undefined where somebody there has to see to it. */
export function filesToSeen(cache: Cache, to: To): Incoming | undefined {
  const part = isText(to.path) && to.workers === undefined ? partNameOf(to.nonce) : undefined;
  const place = part === undefined ? undefined : holdPlaceSeen(cache, to);
  if (part === undefined || place === undefined) return undefined;
  const incoming = unlessFails(() => incomingTo(place, {to, part}));
  if (incoming === undefined) {
    dropPlace(place);
    closePlace(place);
  }
  return incoming;
}

function incomingTo(
  place: HeldPlace,
  {to, part}: {readonly to: To; readonly part: string},
): Incoming {
  const {path, instance} = to;
  if (instance === undefined || typeof instance === 'string') throw new Error('it is not at hand');
  const directory = place.exact === undefined ? path : path.replace(/[^/]+\/*$/, '');
  const forget = noteComing(instance, `${directory}/${part}`);
  let files: HeldFiles;
  try {
    files = new HeldFiles(place, part);
  } catch (error) {
    forget();
    throw error;
  }
  let status = 1;
  let tellEnd: (end: PipedEnd) => void = () => undefined;
  return {
    entries: files,
    finish() {
      status = files.put() ? 0 : ends.isUnusual;
      return Promise.resolve();
    },
    close() {
      files.close();
      if (status !== 0) dropPlace(place);
      closePlace(place);
      forget();
      tellEnd({status, stderr: ''});
      return Promise.resolve();
    },
    end: new Promise((resolve) => {
      tellEnd = resolve;
    }),
  };
}
