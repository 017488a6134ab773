// The keys that every source has, whatever its type.

import {importKey} from '../import.js';
import {choice, count, duration, list, repeated, required, text, type SettingsOf} from '../keys.js';

export const commonKeys = {
  type: required(text('the code that makes its instances', undefined, 'TYPE')),
  reserve: count('keep this many instances rather than discard; gc fills up to it', 0),
  maximum: count('never have more instances than this; 0 is no limit', 0),
  concurrency: count('how many things may run at once in an instance; 0 is what is probed', 0),
  starting: count('how many instances are provisioned at once', 4, 1),
  'max-age': duration('discard an instance that was made longer ago'),
  'max-uses': count('discard an instance that was given out this often', undefined, 1),
  idle: duration('discard an instance above the reserve that nobody has used for so long'),
  ttl: duration('the time after which a lease ends unless it is renewed'),
  reset: choice(
    'what happens to an instance on release: reset if its type can, kept as it is, or discarded',
    ['auto', 'never', 'discard'],
    'auto',
  ),
  'hook-timeout': duration('end a hook that takes longer', 600_000),
  'run-wrapper': text(
    'words put before every command in an instance, as sh reads them',
    undefined,
    'COMMAND',
  ),
  import: repeated(
    importKey(
      'a local directory that is visible in an instance while it is in use: see crcache-imports(7)',
    ),
  ),
  labels: list('words by which acquire can pick sources of a pool', [], 'KEY=VALUE,...'),
} as const;

export type CommonSettings = SettingsOf<typeof commonKeys>;
