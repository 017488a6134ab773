// How much comes through where several ways lead over one source: what that has is counted once.

/** A source as it is counted: no more than `room` comes through it, from those below. */
export interface Vessel {
  readonly name: string;
  readonly room: number;
  /** How much is to come through it at least; nothing unless given, and no more than its room. */
  readonly kept?: number;
  /** Undefined: it needs none. */
  readonly below: readonly Vessel[] | undefined;
  /** It is drawn on only where the others do not suffice. */
  readonly isLast?: boolean | undefined;
}

/** What may go on from each node, and where to. */
type Rests = Map<string, Map<string, number>>;

const bottom = '';
const supply = '+';
const demand = '-';

/** The most that can come through to the top at once; vessels of one name are one. (Ford and Fulkerson's way.) */
export function mostThrough(top: Vessel): number {
  const rests: Rests = new Map();
  for (const way of waysIn(top)) addWay(rests, way);
  return fill(rests, entryTo(top), bottom);
}

/** The least that must come through to the top for each vessel to have what it keeps, as far as there is room. */
export function leastThrough(top: Vessel): number {
  const rests: Rests = new Map();
  for (const vessel of vesselsIn(top)) {
    const {kept = 0} = vessel;
    addWay(rests, [supply, exitOf(vessel), kept]);
    addWay(rests, [entryTo(vessel), demand, kept]);
  }
  for (const [from, to, room, {kept = 0}] of waysIn(top)) addWay(rests, [from, to, room - kept]);
  // What one keeps may be what another one keeps; only the rest comes in addition.
  fill(rests, supply, demand);
  addWay(rests, [bottom, entryTo(top), Infinity]);
  return fill(rests, supply, demand);
}

/** How much comes from one vessel to the one above it. */
export type SharesThrough = (above: string, below: string) => number;

/** By which ways the most comes through; as far as it can be, from vessels that are not the last to be drawn on. */
export function sharesThrough(top: Vessel): SharesThrough {
  const rests: Rests = new Map();
  const ways = [...waysIn(top)];
  const isForLast = ([, to, , {isLast}]: Way): boolean => to === bottom && isLast === true;
  for (const way of ways) if (!isForLast(way)) addWay(rests, way);
  fill(rests, entryTo(top), bottom);
  for (const way of ways) if (isForLast(way)) addWay(rests, way);
  fill(rests, entryTo(top), bottom);
  return (above, below) => rests.get(entryTo({name: below}))?.get(exitOf({name: above})) ?? 0;
}

/** From one node to another, how much, and the vessel that it is for: that between its two nodes, or where it leaves. */
type Way = readonly [
  from: string,
  to: string,
  room: number,
  vessel: Pick<Vessel, 'kept' | 'isLast'>,
];

/** A vessel is two nodes, with its room between them. */
function* waysIn(top: Vessel): Iterable<Way> {
  for (const vessel of vesselsIn(top)) {
    const {room, below} = vessel;
    yield [entryTo(vessel), exitOf(vessel), room, vessel];
    if (below === undefined) yield [exitOf(vessel), bottom, Infinity, {isLast: vessel.isLast}];
    for (const each of below ?? []) yield [exitOf(vessel), entryTo(each), Infinity, {}];
  }
}

function* vesselsIn(top: Vessel): Iterable<Vessel> {
  yield top;
  for (const each of top.below ?? []) yield* vesselsIn(each);
}

function addWay(
  rests: Rests,
  [from, to, room]: readonly [string, string, number, ...unknown[]],
): void {
  const ways = rests.get(from) ?? new Map<string, number>();
  rests.set(from, ways.set(to, Math.max(ways.get(to) ?? 0, room)));
}

/** Sends as much as there is room for from one node to another; how much. */
function fill(rests: Rests, from: string, to: string): number {
  for (let most = 0; ;) {
    const more = push(rests, {node: from, to, amount: Infinity, seen: new Set()});
    most += more;
    if (more === 0 || more === Infinity) return most;
  }
}

/** Sends as much as one way has room for, which may turn back what was sent before. */
function push(
  rests: Rests,
  {node, to, amount, seen}: {node: string; to: string; amount: number; seen: Set<string>},
): number {
  if (node === to) return amount;
  seen.add(node);
  for (const [next, rest] of rests.get(node) ?? []) {
    if (rest === 0 || seen.has(next)) continue;
    const sent = push(rests, {node: next, to, amount: Math.min(amount, rest), seen});
    if (sent === 0) continue;
    rests.get(node)?.set(next, rest - sent);
    addWay(rests, [next, node, (rests.get(next)?.get(node) ?? 0) + sent]);
    return sent;
  }
  return 0;
}

function entryTo({name}: Pick<Vessel, 'name'>): string {
  return `to ${name}`;
}

function exitOf({name}: Pick<Vessel, 'name'>): string {
  return `of ${name}`;
}
