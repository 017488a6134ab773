// The options that every command takes, before its name and after.

import type {Option} from './command.js';

export const globalOptions: readonly Option[] = [
  {
    name: 'source',
    short: 's',
    value: 'SOURCE',
    completes: 'source',
    summary: 'the source to use, instead of the default one',
  },
  {
    name: 'config-dir',
    value: 'DIR',
    completes: 'directory',
    summary: 'look for configuration here first, instead of $CRCACHE_CONFIG',
  },
  {
    name: 'state-dir',
    value: 'DIR',
    completes: 'directory',
    summary: 'keep the state here, instead of $CRCACHE_DIR',
  },
  {name: 'quiet', short: 'q', summary: 'say nothing but errors and data'},
  {name: 'verbose', short: 'v', summary: 'say more'},
  {name: 'help', short: 'h', summary: "show the command's help"},
];

/** What only the bare `crcache` understands. */
export const programOptions: readonly Option[] = [
  {name: 'version', summary: 'show the version and end'},
];
