// What every type must do, by topic. To add a claim, write a function that answers what was seen instead, or undefined
// where it holds, and add it to the list of its topic. Each is given an instance, which it may change, or release.

import type {Claim} from './claim.js';
import {copies} from './claims/copies.js';
import {crowds} from './claims/crowds.js';
import {deaths} from './claims/deaths.js';
import {ends} from './claims/ends.js';
import {imports} from './claims/imports.js';
import {lifecycle} from './claims/lifecycle.js';
import {resets} from './claims/resets.js';
import {streams} from './claims/streams.js';
import {terminal} from './claims/terminal.js';

export const claims: readonly Claim[] = [
  ...streams,
  ...ends,
  ...terminal,
  ...copies,
  ...resets,
  ...lifecycle,
  ...imports,
  ...crowds,
  ...deaths,
];
