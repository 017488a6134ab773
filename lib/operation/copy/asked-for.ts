// What may come of what was asked for: an instance's tar sends what it likes.

import {encodeBytes} from '../../bytes.js';
import type {CheckOptions} from '../../copy/check.js';
import type {EntryType} from '../../copy/entry.js';
import {nameOf} from './side.js';
import type {Transfer} from './transfer.js';

type Refusal = CheckOptions['refusal'];

/** Tells of an entry whether it is one of the sources, or below one, and what was listed where only that is copied. */
export function refusalOf({from, only}: Pick<Transfer, 'from' | 'only'>): Refusal {
  if (only !== undefined) return refusalOfOthers(only);
  if (from.kind === 'stream') return () => undefined;
  const names = new Set(from.paths.map((path) => encodeBytes(nameOf(path)).toString('latin1')));
  if (names.has('.')) return () => undefined;
  return ({path}) => (names.has(path.split('/', 2)[1] ?? '.') ? undefined : notAskedFor);
}

const notAskedFor = 'was not asked for';

/** What was looked at before it was asked for is not to be anything else; a hard link is what it is another name of. */
function refusalOfOthers(only: ReadonlyMap<string, EntryType>): Refusal {
  const listed = (path: string): EntryType | undefined => only.get(path.slice('./'.length));
  return ({path, type, link}) => {
    const asked = listed(path);
    if (asked === undefined) return notAskedFor;
    const is = type === 'link' ? listed(link) : type;
    return asked === is ? undefined : 'has changed since it was listed';
  };
}
