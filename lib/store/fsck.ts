// Checks that a state directory is as its rules say. It changes nothing unless it is told to repair.
//
// It runs beside commands that work: what is found is looked for again, and only what was there each time, on files
// that were the same all the while, is a finding. A repair is made under the source's lock, after one more look.

import {entryOf, exists} from '../files.js';
import {formatTime} from '../time.js';
import {accessChecks, storeAccessChecks} from './fsck/access.js';
import {barringChecks, directoryChecks} from './fsck/directory.js';
import {factChecks} from './fsck/facts.js';
import type {Check, Finding} from './fsck/finding.js';
import {instanceChecks} from './fsck/instances.js';
import {leaseChecks} from './fsck/leases.js';
import {linkChecks} from './fsck/links.js';
import {logChecks} from './fsck/log.js';
import {StoreLook, type SourceLook} from './fsck/look.js';
import {sourceChecks} from './fsck/source-directory.js';
import {workerChecks} from './fsck/workers.js';
import {decide} from './lock.js';
import type {Store} from './store.js';
import {newNonce} from './worker.js';

export {gcMends, type Finding} from './fsck/finding.js';

/** How often what was found is looked for, and how long after the time before. */
const looks = 3;
const pauseMs = 40;

/** How often repairs are followed by another look: what one sets aside lays open the next. */
const rounds = 5;

/** All checks of one source, in their order: the first ones clear the way for the others. */
const checksOfSource: readonly Check<SourceLook>[] = [
  ...sourceChecks,
  ...accessChecks,
  ...linkChecks,
  ...instanceChecks,
  ...factChecks,
  ...leaseChecks,
  ...workerChecks,
  ...logChecks,
];

/** Where a finding belongs: to a source, or undefined, to the state directory itself. */
type Scope = string | undefined;

/** The names of all checks. */
export function checkNames(): string[] {
  const all = [...barringChecks, ...directoryChecks, ...storeAccessChecks, ...checksOfSource];
  return all.map(({name}) => name);
}

/** What is not as it should be, in the whole directory or in one source. */
export async function findDamage(store: Store, source?: string): Promise<Finding[]> {
  const found = await confirmed(store, source);
  return [...found.values()].flatMap((each) => [...each.values()]);
}

/** Mends what can be mended without losing anything; what was mended, in its order. */
export async function repairDamage(store: Store, source?: string): Promise<Finding[]> {
  const run = `${formatTime(store.around.now())}-${newNonce().slice(0, 4)}`;
  const repaired: Finding[] = [];
  for (let round = 0; round < rounds; round++) {
    let isAnything = false;
    for (const [scope, known] of await confirmed(store, source)) {
      const lookAgain = (): Finding[] =>
        [...look(new StoreLook(store, run), scope)].flatMap(([key, finding]) =>
          known.has(key) && finding.repair !== undefined ? [finding] : [],
        );
      const done = await repairIn(store, scope, lookAgain);
      repaired.push(...done);
      isAnything ||= done.length > 0;
    }
    if (!isAnything) break;
  }
  return repaired;
}

async function repairIn(
  store: Store,
  scope: Scope,
  lookAgain: () => Finding[],
): Promise<Finding[]> {
  const before = lookAgain().filter((each) => scope === undefined || each.isWithoutLock === true);
  const made = makeRepairs(before);
  if (scope === undefined || lookAgain().length === 0) return made;
  const {directory} = store.source(scope);
  const after = await decide(
    {source: scope, directory, ...store.around},
    {
      look: lookAgain,
      act: makeRepairs,
    },
  );
  return [...made, ...after];
}

/** Makes repairs, and answers which: one may set aside what the next one is of. */
function makeRepairs(found: readonly Finding[]): Finding[] {
  return found.filter(({path, of = [path], repair}) => {
    const isThere = of.every((each) => entryOf(each) !== undefined);
    if (isThere) repair?.();
    return isThere;
  });
}

type Found = Map<string, Finding>;

/** Findings by scope that stood up to several looks. Of a layout that is not known, nothing more is said. */
async function confirmed(store: Store, source: string | undefined): Promise<Map<Scope, Found>> {
  const all = new Map<Scope, Found>();
  if (!exists(store.directory)) return all;
  const top = await confirmIn(store, undefined);
  if (source === undefined || isBarred(store)) all.set(undefined, top);
  if (isBarred(store)) return all;
  const sources = new StoreLook(store, '').sources().map(({name}) => name);
  for (const name of sources) {
    if (source === undefined || source === name) all.set(name, await confirmIn(store, name));
  }
  return all;
}

async function confirmIn(store: Store, scope: Scope): Promise<Found> {
  let found = look(new StoreLook(store, ''), scope);
  for (let count = 1; count < looks && found.size > 0; count++) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const again = look(new StoreLook(store, ''), scope);
    found = new Map([...again].filter(([key]) => found.has(key)));
  }
  return found;
}

function isBarred(store: Store): boolean {
  return barringChecks.some(({find}) => find(new StoreLook(store, '')).length > 0);
}

/** What one look finds, each under a key that says what it was found on. */
function look(whole: StoreLook, scope: Scope): Found {
  const findings = scope === undefined ? lookAtTop(whole) : lookAtSource(whole.source(scope));
  return new Map(
    findings.flatMap((finding) => {
      const stamps = (finding.of ?? [finding.path]).map(stampOf);
      if (stamps.includes(undefined)) return [];
      return [[JSON.stringify([finding.path, finding.what, ...stamps]), finding]];
    }),
  );
}

/** What tells a file from another one that took its name, and from itself after it was renamed or changed. */
function stampOf(path: string): string | undefined {
  const entry = entryOf(path);
  return entry && `${String(entry.ino)} ${String(entry.ctimeNs)}`;
}

function lookAtTop(whole: StoreLook): readonly Finding[] {
  for (const {find} of barringChecks) {
    const found = find(whole);
    if (found.length > 0) return found;
  }
  return [...directoryChecks, ...storeAccessChecks].flatMap(({find}) => find(whole));
}

function lookAtSource(source: SourceLook): readonly Finding[] {
  return checksOfSource.flatMap(({find}) => find(source));
}
