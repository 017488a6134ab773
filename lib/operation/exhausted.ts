// What a request hears that cannot be met: why, and who holds what it would need.

import type {CrcacheError} from '../errors.js';
import {formatDuration} from '../keys.js';
import {countWaiting} from '../store/queue.js';
import {isAtBottom, type Cache, type Source, type Tickets} from './cache.js';
import {Exhausted} from './exhaustion.js';
import {holdersOf, type Holders} from './holders.js';
import type {Wishes} from './wishes.js';
import {limitsOf, mostWith} from './limits.js';
import type {Refusal} from './plan.js';
import {backable} from './situation.js';

interface Refused {
  readonly refusal: Refusal;
  readonly count: number;
  readonly wishes?: Wishes | undefined;
  /** The request's own, by source: it is none of those who wait. */
  readonly tickets?: Tickets | undefined;
  readonly waitedMs?: number | undefined;
  /** What a type says. */
  readonly cause?: CrcacheError | undefined;
  /** The command that asks has no --wait. */
  readonly cannotWait?: boolean;
}

export function exhausted(cache: Cache, source: Source, refused: Refused): Exhausted {
  const {refusal, waitedMs} = refused;
  const waited =
    waitedMs === undefined || refusal === 'impossible'
      ? ''
      : `, and nothing came free in ${formatDuration(waitedMs)}`;
  const holders = holdersOf(cache, source, refusal);
  const lines = [`${refusalReason(cache, source, refused)}${waited}`, ...holders.lines];
  return new Exhausted(
    lines.join('\n  '),
    hint(cache, source, {...refused, ...holders}),
    refused.cause,
  );
}

/** Why a request is refused. */
export function refusalReason(cache: Cache, source: Source, refused: Refused): string {
  const {refusal, count, wishes = [], cause} = refused;
  const {name, problem} = source;
  const {maximum} = limitsOf(cache, source);
  const wished = wishes.length === 0 ? '' : ` with ${wishes.map(({words}) => words).join(' and ')}`;
  const wanted = `${String(count)} instance${count === 1 ? '' : 's'} of '${name}'${wished}`;
  switch (refusal) {
    case 'impossible':
      return `cannot ever have ${wanted}: ${never(cache, source, wishes).why}`;
    case 'unconfigured':
      return problem === undefined
        ? `no instance of '${name}' is given out: it is not configured any more`
        : problem.message;
    case 'drained':
      return `no instance of '${name}' is given out: it is drained`;
    case 'queue':
      return `no instance of '${name}' is free: ${String(countWaiting(source.state))} wait for one`;
    case 'maximum':
      return `cannot have ${wanted}: its maximum is ${String(maximum)}`;
    case 'sources':
      return `cannot have ${wanted}: ${cause?.message ?? whyNotBacked(cache, source, refused)}`;
  }
}

/** What is free below is not enough, or those are to have it who wait for it. */
function whyNotBacked(
  cache: Cache,
  source: Source,
  {count, wishes = [], tickets = new Map()}: Refused,
): string {
  const asked = {wishes, tickets};
  const free = backable(cache, source, {...asked, passesQueues: true});
  const open = backable(cache, source, asked);
  const drained = drainedWords(cache, source);
  if (free === 0) return `its sources have none free${drained}`;
  if (open >= count) return 'its sources had none free'; // which was a moment ago
  if (open < free) return `others wait for what its sources have free${drained}`;
  return `its sources have no more than ${String(free)} free${drained}`;
}

function drainedWords(cache: Cache, source: Source): string {
  const names = drainedBelow(cache, source).map((name) => `'${name}'`);
  if (names.length === 0) return '';
  return `, and ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} drained`;
}

function drainedBelow(cache: Cache, source: Source): string[] {
  const below = isAtBottom(source) ? [] : cache.sourcesBelow(source);
  return below.filter(({state}) => state.isDrained).map(({name}) => name);
}

/** Why there can never be so many, and which command shows that. */
function never(cache: Cache, source: Source, wishes: Wishes): {why: string; hint: string} {
  const {name, settings} = source;
  const most = mostWith(cache, source, wishes);
  const hint = `crcache show-source ${name}`;
  if (wishes.length > 0 && most === 0) return {why: 'no source has that', hint};
  const isOwn = cache.sourcesBelow(source).length === 0 || most === settings.maximum;
  if (isOwn) return {why: `its maximum is ${String(most)}`, hint};
  const why = `its sources have no more than ${String(most)}`;
  return {why, hint: `crcache status --tree ${name}`};
}

function hint(
  cache: Cache,
  source: Source,
  {
    refusal,
    cause,
    waitedMs,
    cannotWait = false,
    wishes = [],
    idle,
    mend,
  }: Refused & Omit<Holders, 'lines'>,
): string {
  const {name} = source;
  if (refusal === 'impossible') return never(cache, source, wishes).hint;
  if (refusal === 'unconfigured') return `crcache explain ${name}`;
  if (refusal === 'drained') return `crcache drain-source ${name} --off`;
  if (idle.length > 0) return `crcache discard-instance ${idle.join(' ')}`;
  const [drained] = refusal === 'sources' ? drainedBelow(cache, source) : [];
  if (drained !== undefined) return `crcache drain-source ${drained} --off`;
  if (mend !== undefined) return mend;
  if (refusal === 'sources' && cause?.hint !== undefined) return cause.hint;
  const isNew = waitedMs === undefined && !cannotWait;
  return isNew ? 'wait for one with --wait' : `crcache explain ${name}`;
}
