// explain: why an instance or a source is as it is, what an acquire would do, and what gc would do. In words for people,
// as lines of a subject and what is said of it.

import {isSourceName} from '../instance.js';
import {formatAge} from '../output/age.js';
import {safe} from '../output/safe.js';
import type {LogEntry} from '../store/log.js';
import {LogReader} from '../store/log-reader.js';
import {readQueue, type Ticket} from '../store/queue.js';
import type {Cache, Source} from './cache.js';
import {refusalReason} from './exhausted.js';
import {Foresight} from './foresight.js';
import {isUnsaved} from './import/record.js';
import {otherOrigin} from './open-source.js';
import {planAcquire} from './plan.js';
import {heldBy, timeIn, workerOf} from './remarks.js';
import {available, situationOf} from './situation.js';
import {strayHooks} from './stray-hooks.js';
import {whatIsDue, whyOver, type Due} from './tidy.js';
import {brokenBefore, missingFromReserve, outlooks, unkept} from './upkeep.js';
import {tolerate} from './tolerate.js';
import {viewInstance, type InstanceView} from './view-instance.js';
import {countAll, viewNamed, type SourceView} from './view-source.js';

export type Explanation = readonly (readonly [subject: string, words: string])[];

/** Explains what a word means: a source of that name, else an instance. */
export function explain(cache: Cache, word: string): Explanation {
  if (isSourceName(word) && cache.findSource(word) !== undefined) {
    return viewNamed(cache, [word]).flatMap((view) => explainSource(cache, view));
  }
  return explainInstance(cache, viewInstance(cache, word));
}

function explainInstance(cache: Cache, view: InstanceView): Explanation {
  const {name, source, place, directory} = view;
  const backing = view.line('backing');
  const uses = view.number('uses') ?? 0;
  return [
    ['instance', `${name}, of source '${source.name}' (${source.type.name})`],
    ['state', `${place.state} for ${timeIn(view)}`],
    ...optional('why', lastReason(view)),
    ...holderOf(view),
    ...(view.worker === undefined ? [] : ([['at work', workerOf(view)]] as const)),
    ...(view.problem === undefined
      ? []
      : ([
          [
            'broke at',
            `${safe(view.problem['during'] ?? '?')}: ${safe(view.problem['message'] ?? '?')}`,
          ],
        ] as const)),
    ...optional('stands on', backing && `${backing}: crcache explain ${backing}`),
    ['made', `${view.line('created') ?? 'not yet'}, and acquired ${timesOf(uses)} since`],
    ['files', directory],
    ['next', nextOf(cache, view)],
  ];
}

function optional(subject: string, words: string | undefined): Explanation {
  return words === undefined || words === '' ? [] : [[subject, words]];
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${String(count)} times`;
}

/** Why it entered its state, by the last line of the log. */
function lastReason({source, name, cache}: InstanceView): string | undefined {
  const entry = lastEntry(cache, source, ({instance}) => instance === name);
  return entry && reasonIn(entry);
}

/** Why the last instance that was to be made was not, which may have been in the background. */
function lastFailure(cache: Cache, source: Source): string | undefined {
  const entry = lastEntry(cache, source, ({from}) => from === 'provisioning');
  return entry?.to === 'discarding' ? `'${safe(entry.instance)}': ${reasonIn(entry)}` : undefined;
}

function lastEntry(
  cache: Cache,
  {name, state}: Source,
  isWanted: (entry: LogEntry) => boolean,
): LogEntry | undefined {
  const reader = new LogReader(state.directory, {isWanted, onBroken: () => undefined});
  const [entry] = tolerate(cache, `the log of '${name}'`, () => reader.last(1)) ?? [];
  reader.close();
  return entry;
}

function reasonIn({why, time, by}: LogEntry): string {
  return `${safe(why)} (at ${safe(time)}, by ${safe(by)})`;
}

function holderOf(view: InstanceView): Explanation {
  const {lease, above, source} = view;
  if (lease === undefined) return [];
  if (above !== undefined)
    return [['held by', `${above}, which stands on it: crcache explain ${above}`]];
  const fate = lease.forProcess && source.state.around.workshop.fateOf(lease.forProcess);
  return [
    ['lease', heldBy(view)],
    ['from', `${safe(lease.cwd)} on ${safe(lease.host)}, by user ${safe(lease.user)}`],
    ...optional('until', lease.until),
    ...(lease.forProcess === undefined
      ? []
      : ([
          ['for', `process ${String(lease.forProcess.pid)}, which is ${fate ?? 'unknown'}`],
        ] as const)),
  ];
}

/** What will become of it, and what one can do about it. */
function nextOf(cache: Cache, view: InstanceView): string {
  const {name, place, lease, source, worker} = view;
  if (place.state === 'broken') {
    if (view.imports.some(isUnsaved))
      return `crcache reset-instance ${name} writes back what was changed in its imports; to drop that: crcache discard-instance ${name}`;
    if (view.problem?.['during'] === 'discard')
      return `crcache gc tries again to discard it; crcache discard-instance --force ${name} drops its record where that fails`;
    return `it counts towards the maximum until it is mended or gone: crcache discard-instance --force ${name}`;
  }
  if (worker !== undefined) {
    const {workshop} = source.state.around;
    const fate = workshop.fateOf(worker);
    if (fate === 'alive') return 'its worker goes on with it';
    return fate === 'dead'
      ? 'crcache gc, or the next command that meets it, finishes or undoes what its worker began'
      : `whether its worker is alive cannot be told from here: ${workshop.howToJudge(worker)}`;
  }
  if (place.state === 'in-use') {
    if (lease === undefined) return 'crcache fsck';
    const why = whyOver(cache, name, lease);
    if (why !== undefined) return `crcache gc releases it: ${why}`;
    if (view.above !== undefined) return `it is released when '${view.above}' is discarded`;
    const never = lease.until === undefined && lease.forProcess === undefined;
    const ends = never ? 'its lease never ends by itself' : 'its lease ends by itself';
    return `${ends}; to end it now: crcache release ${name}`;
  }
  const outlook = outlooks(cache, source).find((each) => each.place.instance === name);
  if (outlook === undefined) return 'crcache fsck';
  const {why, leftMs} = outlook;
  if (leftMs === Infinity) return 'the next acquire may take it';
  if (leftMs <= 0) return `crcache gc discards it: ${why}`;
  return `the next acquire may take it; if it is cached in ${formatAge(leftMs)}, crcache gc discards it: ${why}`;
}

function explainSource(cache: Cache, view: SourceView): Explanation {
  const {source, limits, places, below} = view;
  const {state} = source;
  const count = countAll(view);
  const maximum = limits.maximum === Infinity ? 'no limit' : `at most ${String(limits.maximum)}`;
  const due = tolerate(cache, `source '${source.name}'`, () => dueIn(cache, source)) ?? [];
  return [
    ['source', `${source.name} (${source.type.name})`],
    ...optional('from', source.definition.place?.file),
    ['instances', `${String(count)}, ${maximum}, of which ${String(limits.minimum)} are kept`],
    ['free', `${String(places.cached.length)} cached, ${availableIn(cache, source)}`],
    ...optional('stands on', below.join(', ')),
    ...(state.isDrained
      ? ([
          ['drained', `nothing is given out until crcache drain-source ${source.name} --off`],
        ] as const)
      : []),
    ...(source.isUnconfigured
      ? ([
          ['unconfigured', 'its configuration is gone; its instances are discarded on release'],
        ] as const)
      : []),
    ...optional('misconfigured', source.problem?.message),
    ['acquire', wouldAcquire(cache, source)],
    ...optional('last failure', lastFailure(cache, source)),
    ...readQueue(state).map((ticket) => ['request', describeTicket(cache, ticket)] as const),
    ...due.map(({what}) => ['gc would', what] as const),
  ];
}

function dueIn(cache: Cache, source: Source): Due[] {
  const due = [whatIsDue, strayHooks, unkept, brokenBefore].flatMap((find) => find(cache, source));
  const foresight = new Foresight(cache);
  for (const each of due) foresight.note(each);
  return [...due, ...missingFromReserve(cache, source, foresight)];
}

function availableIn(cache: Cache, source: Source): string {
  const count = available(cache, source);
  return count === Infinity ? 'any number to be had' : `${String(count)} to be had now`;
}

/** Whether a request for one would be met now, and why not. */
function wouldAcquire(cache: Cache, source: Source): string {
  const other = otherOrigin(source);
  if (other !== undefined) return `would fail: ${other.message}`;
  const plan = planAcquire(situationOf(cache, source, {count: 1, wishes: [], tickets: new Map()}));
  if (plan.kind === 'take') {
    const [taken] = plan.take;
    return taken === undefined ? 'would make an instance' : `would take '${taken}'`;
  }
  const why = refusalReason(cache, source, {refusal: plan.why, count: 1});
  const isHopeless = ['impossible', 'unconfigured', 'drained'].includes(plan.why);
  return `would fail${isHopeless ? '' : ', and wait with --wait'}: ${why}`;
}

function describeTicket(cache: Cache, {number, status, worker}: Ticket): string {
  const {workshop} = cache.around;
  const doing = {waits: 'waits for its turn', parked: 'waits for a pool', met: 'is being met'};
  const remark = {
    alive: '',
    dead: ', which is gone',
    unknown: `, which cannot be judged from here: ${workshop.howToJudge(worker)}`,
  };
  const fate = workshop.fateOf(worker);
  return `${String(number)} ${doing[status]}: ${workshop.describe(worker)}${remark[fate]}`;
}
