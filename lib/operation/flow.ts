// How much comes through where several ways lead over one source: what that has is counted once.

/** A source as it is counted: no more than `room` comes through it, from those below. */
export interface Vessel {
  readonly name: string;
  readonly room: number;
  /** Undefined: it needs none. */
  readonly below: readonly Vessel[] | undefined;
}

/** What may go on from each node, and where to. */
type Rests = Map<string, Map<string, number>>;

const bottom = '';

/** The most that can come through to the top at once; vessels of one name are one. (Ford and Fulkerson's way.) */
export function mostThrough(top: Vessel): number {
  const rests: Rests = new Map();
  addWays(rests, top);
  for (let most = 0; ;) {
    const more = push(rests, {node: entryTo(top), amount: Infinity, seen: new Set()});
    if (more === 0) return most;
    most += more;
    if (more === Infinity) return most;
  }
}

/** A vessel is two nodes, with its room between them. */
function addWays(rests: Rests, vessel: Vessel): void {
  const {room, below} = vessel;
  addWay(rests, [entryTo(vessel), exitOf(vessel)], room);
  if (below === undefined) addWay(rests, [exitOf(vessel), bottom], Infinity);
  for (const each of below ?? []) {
    addWay(rests, [exitOf(vessel), entryTo(each)], Infinity);
    addWays(rests, each);
  }
}

function addWay(rests: Rests, [from, to]: readonly [string, string], room: number): void {
  const ways = rests.get(from) ?? new Map<string, number>();
  rests.set(from, ways.set(to, Math.max(ways.get(to) ?? 0, room)));
}

/** Sends as much as one way down has room for, which may turn back what was sent before. */
function push(
  rests: Rests,
  {node, amount, seen}: {node: string; amount: number; seen: Set<string>},
): number {
  if (node === bottom) return amount;
  seen.add(node);
  for (const [next, rest] of rests.get(node) ?? []) {
    if (rest === 0 || seen.has(next)) continue;
    const sent = push(rests, {node: next, amount: Math.min(amount, rest), seen});
    if (sent === 0) continue;
    rests.get(node)?.set(next, rest - sent);
    addWay(rests, [next, node], (rests.get(next)?.get(node) ?? 0) + sent);
    return sent;
  }
  return 0;
}

function entryTo({name}: Vessel): string {
  return `to ${name}`;
}

function exitOf({name}: Vessel): string {
  return `of ${name}`;
}
