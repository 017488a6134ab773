// Options that say what instances are to be like.

import type {Option} from './command.js';

export const wishOptions: readonly Option[] = [
  {
    name: 'label',
    short: 'l',
    value: 'KEY=VALUE',
    repeats: true,
    summary: 'only instances whose source, or one that they stand on, has this label',
  },
  {
    name: 'need',
    value: 'ABILITY[,ABILITY...]',
    repeats: true,
    summary: 'only instances that can do this, as isolation=root or reset',
  },
];
