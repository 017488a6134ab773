// What is true of commands in every kind of instance. A kind's test is its entry in kinds.ts and one call of this.
//
// Nothing here knows where an instance is: what a command has to say it says by its streams, and it needs no more than a
// small system has (busybox, or coreutils and a sh).

import {becomeOrdinaryUser} from '../../../helpers/ordinary-user.js';
import {suite} from '../../../helpers/suite.js';
import {describeArguments} from './arguments.js';
import {describeFiles} from './bring-files.js';
import {describeCopies} from './copies.js';
import {describeEnds} from './ends.js';
import {describeHostility} from './hostility.js';
import {describeImports} from './imports.js';
import {describeJobs} from './jobs.js';
import {canBeTested, kinds, prepareKind} from './kinds.js';
import {describeLife} from './life.js';
import {describeMeetings} from './meetings.js';
import {describeOptions} from './options.js';
import {describeStreams} from './streams.js';
import {describeMadeTerminal, describeTerminal} from './terminal.js';
import {There} from './there.js';

/** Tests the kind of this name. */
export function contract(name: string): void {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`kinds.ts has no kind '${name}'`);
  if (kind.isForUser === true) becomeOrdinaryUser();
  const test = suite(name);
  // A kind that cannot be tested here is skipped in one line, and not in one for each test.
  if (!canBeTested(kind)) {
    test('commands', (t) => prepareKind(t, kind));
    return;
  }
  const there = new There(kind, test);
  describeImports(there);
  describeLife(there);
  if (kind.differsBy === 'making') return;
  describeArguments(there);
  describeStreams(there);
  describeEnds(there);
  describeJobs(there);
  if (kind.differsBy !== 'way') describeCopies(there);
  if (kind.differsBy === 'standing') return;
  describeOptions(there);
  describeMeetings(there);
  describeHostility(there);
  describeMadeTerminal(there);
  if (kind.differsBy === 'way') return;
  describeTerminal(there);
  describeFiles(there);
}
