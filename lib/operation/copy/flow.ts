// What flows through this process from one end of a copy to the other.

import {Check} from '../../copy/check.js';
import {ArchiveProblem} from '../../copy/entry.js';
import {isTemporary} from '../../copy/listing.js';
import {pump} from '../../copy/pump.js';
import {encodeBytes} from '../../bytes.js';
import {hasCode} from '../../errors.js';
import {refusalOf} from './asked-for.js';
import type {Incoming} from './incoming.js';
import {Notes} from './notes.js';
import type {Outgoing} from './outgoing.js';
import type {Transfer} from './transfer.js';

export interface Flowed {
  /** What was wrong with what came; then nothing is put in its place. */
  readonly problem: ArchiveProblem | undefined;
  /** How many files were left out. */
  readonly missing: number;
  /** What became of files that are not as they were sent. */
  readonly notes: readonly string[];
}

export interface Course {
  readonly from: Outgoing;
  readonly to: Incoming;
  /** Fails where nothing is to be moved any more. */
  readonly mayGoOn?: (() => void) | undefined;
}

/** After so many bytes it is asked whether more are to come. */
const stretch = 4_194_304;

/** Moves all, looking at each entry. Both ends are closed then. */
export async function flow(request: Transfer, {from, to, mayGoOn}: Course): Promise<Flowed> {
  const {preserves, watcher} = request;
  const notes = new Notes();
  const check = new Check({
    preserves,
    refusal: refusalOf(request),
    excludes: request.excludes.map((each) => encodeBytes(each).toString('latin1')),
    takesTemporary: request.from.kind === 'stream' || request.from.paths.some(isTemporary),
    note: notes.add,
  });
  let problem: ArchiveProblem | undefined;
  let sinceAsked = 0;
  const advance = (bytes: number): Promise<void> | undefined => {
    sinceAsked += bytes;
    if (sinceAsked >= stretch) {
      mayGoOn?.();
      sinceAsked = 0;
    }
    return watcher?.advance(bytes);
  };
  try {
    await pump(from.entries, to.entries, {
      pass: (entry) => check.pass(entry),
      advance: mayGoOn === undefined ? watcher?.advance : advance,
    });
    mayGoOn?.();
    if (await from.finish()) await to.finish();
  } catch (error) {
    if (error instanceof ArchiveProblem) problem = error;
    else if (!hasCode(error, 'EPIPE') || request.to.kind === 'stream') throw error; // else the receiver says why
  } finally {
    from.close();
    await to.close();
  }
  return {problem, missing: check.missing, notes: notes.lines()};
}
