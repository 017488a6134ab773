// What `status -v` and `status -a` say of an instance beside its state, in words for people.

import {states, type State} from '../instance.js';
import {ageOf, formatAge} from '../output/age.js';
import {safe} from '../output/safe.js';
import type {StatusBlock} from '../output/status.js';
import type {Column} from '../output/table.js';
import {countWaiting} from '../store/queue.js';
import {formatTime} from '../time.js';
import type {Cache, Source} from './cache.js';
import {abilitiesOf} from './needs.js';
import {instancesOf, type InstanceView} from './view-instance.js';
import {namesIn, type SourceView} from './view-source.js';

/** A source as a block of `status -v`. */
export function blockOf(cache: Cache, view: SourceView): StatusBlock {
  const {name, places, limits} = view;
  const isShown = (state: State): boolean =>
    state === 'cached' || state === 'in-use' || places[state].length > 0;
  const remarks = instancesOf(cache, [view]).flatMap((instance): [string, string][] => {
    const remark = remarkOn(instance);
    return remark === undefined ? [] : [[instance.name, remark]];
  });
  return {
    name,
    states: inUsualOrder.filter(isShown).map((state) => [state, namesIn(view, state)]),
    minimum: limits.minimum,
    maximum: limits.maximum,
    remarks: [...sourceRemarks(view), ...remarks],
  };
}

const inUsualOrder: readonly State[] = [...new Set<State>(['cached', 'in-use', ...states])];

/** What is out of the ordinary with a source, in a word each. */
export function marksOf({isUnconfigured, problem, state}: Source): string[] {
  return [
    ...(isUnconfigured ? ['unconfigured'] : []),
    ...(problem === undefined ? [] : ['misconfigured']),
    ...(state.isDrained ? ['drained'] : []),
  ];
}

function sourceRemarks({name, source}: SourceView): [string, string][] {
  const waiting = countWaiting(source.state);
  const remarks: [string, string][] = [];
  if (waiting > 0) remarks.push(['waiting', String(waiting)]);
  if (source.state.isDrained) {
    remarks.push(['drained', `nothing is given out until crcache drain-source ${name} --off`]);
  }
  if (source.isUnconfigured) {
    remarks.push(['unconfigured', 'it goes when its instances are released and discarded']);
  }
  if (source.problem !== undefined) {
    remarks.push([
      'misconfigured',
      `nothing is given out until crcache check-source ${name} is content`,
    ]);
  }
  return remarks;
}

/** What is worth saying of an instance; nothing of one that is cached, or that another one stands on. */
export function remarkOn(view: InstanceView): string | undefined {
  const {place} = view;
  switch (place.state) {
    case 'cached':
      return undefined;
    case 'in-use':
      return view.above === undefined ? heldBy(view) : undefined;
    case 'broken': {
      const {during = 'unknown', message = 'no reason is known'} = view.problem ?? {};
      return `broken for ${timeIn(view)}, while ${safe(during)}: ${safe(message)}`;
    }
    case 'provisioning':
    case 'allocating':
    case 'releasing':
    case 'discarding': {
      const lease = view.lease === undefined ? '' : `, ${heldBy(view)}`;
      return `${place.state} for ${timeIn(view)} by ${workerOf(view)}${lease}`;
    }
  }
}

/** Who holds an instance, for how long, and what will end that. */
export function heldBy({lease, cache}: InstanceView): string {
  if (lease === undefined) return 'its lease cannot be read';
  const now = cache.around.now();
  const held = `held by ${safe(lease.holder)} for ${ageOf(lease.since, now) ?? '?'}`;
  const leftMs = Date.parse(lease.until ?? '') - now.getTime();
  const ends = [
    ...(leftMs > 0 ? [`ends in ${formatAge(leftMs)}`] : []),
    ...(leftMs <= 0 ? ['its time is up'] : []),
    ...(lease.forProcess === undefined
      ? []
      : [`ends with process ${String(lease.forProcess.pid)}`]),
  ];
  return [`${held} (${safe(lease.command)})`, ...ends].join(', ');
}

/** The process that is at work on an instance, and whether it still is. */
export function workerOf({worker, source}: InstanceView): string {
  if (worker === undefined) return 'nobody';
  const {workshop} = source.state.around;
  const isGone = workshop.fateOf(worker) === 'dead';
  return `${workshop.describe(worker)}${isGone ? ', which is gone' : ''}`;
}

/** How long an instance has been in its state. */
export function timeIn({entered, cache}: InstanceView): string {
  return entered === undefined ? '?' : (ageOf(formatTime(entered), cache.around.now()) ?? '?');
}

/** The columns of `status -a`. */
export const longColumns: readonly Column[] = [
  'source',
  'instance',
  'state',
  'lease',
  'age',
  'uses',
  'backing',
  'concurrency',
  'abilities',
].map((title) => ({title}));

/** The rows of `status -a`: one for each instance, and one for a source without any. */
export function longRows(cache: Cache, view: SourceView): string[][] {
  const abilities = abilitiesOf(cache, view.source).join(',') || '-';
  const rows = instancesOf(cache, [view]).map((instance) => {
    const {name, place, lease, above} = instance;
    const since = ageOf(lease?.since, cache.around.now());
    const holder = above ?? lease?.holder;
    return [
      view.name,
      name,
      place.state,
      holder === undefined ? '-' : `${holder} ${since ?? '?'}`,
      ageOf(instance.line('created'), cache.around.now()) ?? '-',
      String(instance.number('uses') ?? 0),
      instance.line('backing') ?? '-',
      String(instance.number('concurrency') ?? '-'),
      abilities,
    ];
  });
  if (rows.length > 0) return rows;
  return [[view.name, ...longColumns.slice(2).map(() => '-'), abilities]];
}
