// What a request hears that cannot be met: why, and who holds what it would need.

import {CrcacheError} from '../errors.js';
import {compareInstanceNames} from '../instance.js';
import {formatDuration} from '../keys.js';
import {readLease} from '../store/lease.js';
import {countWaiting} from '../store/queue.js';
import type {Cache, Source} from './cache.js';
import type {Labels} from './labels.js';
import {limitsOf, mostWith} from './limits.js';
import type {Refusal} from './plan.js';

/** How many holders the message names. */
const namedAtMost = 10;

interface Refused {
  readonly refusal: Refusal;
  readonly count: number;
  readonly labels?: Labels | undefined;
  readonly waitedMs?: number | undefined;
}

export function exhausted(cache: Cache, source: Source, refused: Refused): CrcacheError {
  const {refusal, waitedMs} = refused;
  const waited =
    waitedMs === undefined || refusal === 'impossible'
      ? ''
      : `, and nothing came free in ${formatDuration(waitedMs)}`;
  const lines = [`${refusalReason(cache, source, refused)}${waited}`, ...holders(cache, source)];
  return new CrcacheError('exhausted', lines.join('\n  '), hint(source, refused));
}

/** Why a request is refused. */
export function refusalReason(
  cache: Cache,
  source: Source,
  {refusal, count, labels = []}: Refused,
): string {
  const {name} = source;
  const {maximum} = limitsOf(cache, source);
  const labelled = labels.length === 0 ? '' : ` with ${labels.join(' and ')}`;
  const wanted = `${String(count)} instance${count === 1 ? '' : 's'} of '${name}'${labelled}`;
  switch (refusal) {
    case 'impossible':
      return `cannot ever have ${wanted}: ${whyNever(cache, source, labels)}`;
    case 'unconfigured':
      return `no instance of '${name}' is given out: it is not configured any more`;
    case 'drained':
      return `no instance of '${name}' is given out: it is drained`;
    case 'queue':
      return `no instance of '${name}' is free: ${String(countWaiting(source.state))} wait for one`;
    case 'maximum':
      return `cannot have ${wanted}: its maximum is ${String(maximum)}`;
    case 'sources':
      return `cannot have ${wanted}: its sources have none free`;
  }
}

function whyNever(cache: Cache, source: Source, labels: Labels): string {
  const most = mostWith(cache, source, labels);
  return labels.length > 0 && most === 0
    ? 'no source has these labels'
    : `its maximum is ${String(most)}`;
}

/** A line for each instance in use: who has it, and since when. */
function holders(cache: Cache, source: Source): string[] {
  const places = [source, ...cache.sourcesBelow(source)].flatMap(({state}) =>
    state.placesIn('in-use').map(({instance}) => ({instance, state})),
  );
  places.sort((a, b) => compareInstanceNames(a.instance, b.instance));
  const lines = places.slice(0, namedAtMost).map(({instance, state}) => {
    const lease = readLease(state.instancePath(instance));
    if (lease === undefined) return `${instance} has no lease`;
    return `${instance} is held by ${lease.holder} since ${lease.since}: ${lease.command}`;
  });
  const more = places.length - lines.length;
  return more > 0 ? [...lines, `and ${String(more)} more`] : lines;
}

function hint({name}: Source, {refusal, waitedMs}: Refused): string {
  if (refusal === 'impossible') return `crcache show-source ${name}`;
  if (refusal === 'unconfigured') return `crcache explain ${name}`;
  if (refusal === 'drained') return `crcache drain-source ${name} --off`;
  return waitedMs === undefined ? 'wait for one with --wait' : `crcache explain ${name}`;
}
