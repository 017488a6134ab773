// The keys that every source has, whatever its type.

import {importKey} from '../import.js';
import {
  choice,
  count,
  duration,
  repeated,
  required,
  shellWords,
  text,
  type SettingsOf,
} from '../keys.js';
import {labels} from './labels.js';

export const commonKeys = {
  type: required(text('the code that makes its instances', undefined, 'TYPE')),
  reserve: count('keep this many instances rather than discard; gc fills up to it', 0),
  maximum: count(
    'never have more instances than this; 0 is no limit, but for type=local it is 1',
    0,
  ),
  concurrency: count(
    'how many things may run at once in an instance; 0: as many as its machine has cores, or on this machine its share of them among as many instances as maximum says',
    0,
  ),
  starting: count('how many instances one command provisions at once', 4, 1),
  'max-age': duration('discard an instance that was made longer ago', undefined, 1),
  'max-uses': count('discard an instance that was given out this often', undefined, 1),
  idle: duration('discard an instance above the reserve that nobody has used for so long'),
  ttl: duration('the time after which a lease ends unless it is renewed', undefined, 1),
  reset: choice(
    'what happens to an instance on release: reset if its type can, kept as it is, or discarded',
    ['auto', 'never', 'discard'],
    'auto',
  ),
  'hook-timeout': duration('end a hook that takes longer', 600_000, 1),
  'run-wrapper': shellWords(
    'words put before every command in an instance, as sh reads them; for what words alone cannot do: sh -c \'cd /src && exec "$@"\' sh',
  ),
  import: repeated(
    importKey(
      'a local directory that is visible in an instance while it is in use: see crcache-imports(7)',
    ),
  ),
  labels,
} as const;

export type CommonSettings = SettingsOf<typeof commonKeys>;
