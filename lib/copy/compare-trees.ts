// What has to be done so that one tree becomes like another: decided as data from what both hold.

import type {Entries, Listed} from './listing.js';

export interface CompareOptions {
  /** What is in the second tree alone goes. */
  readonly deletes: boolean;
  /** Owners count, and setuid bits; devices are files as any other. */
  readonly preserves: boolean;
  /** What the second tree has besides, and is left alone: no directory goes that holds some of it. */
  readonly excluded: readonly string[];
  /** Whether the content of a file of one size is the same on both sides; undefined: that is told by its time. */
  readonly isSameContent: ((path: string) => boolean) | undefined;
}

export interface Plan {
  /** What goes before anything is sent, because it is in the way. */
  readonly clear: readonly string[];
  readonly send: readonly string[];
  /** What only wants another mode or time. */
  readonly set: readonly string[];
  readonly remove: readonly string[];
  /** Directories that would go, and stay because of what is excluded in them. */
  readonly kept: readonly string[];
  readonly blocked: readonly Blocked[];
  /** Devices and the like, which are left out. */
  readonly leftOut: readonly string[];
  readonly same: number;
}

/** A directory that is in the way and stays, because it holds something. */
export interface Blocked {
  readonly path: string;
  /** Some of that is excluded: it would stay with --delete, too. */
  readonly holdsExcluded: boolean;
}

export const nothingToDo: Omit<Plan, 'same'> = {
  clear: [],
  send: [],
  set: [],
  remove: [],
  kept: [],
  blocked: [],
  leftOut: [],
};

/** Decides how `to` becomes like `from`. */
export function compareTrees(from: Entries, to: Entries, options: CompareOptions): Plan {
  const {deletes, preserves, excluded, isSameContent} = options;
  const plan = {
    clear: [] as string[],
    send: [] as string[],
    set: [] as string[],
    blocked: [] as Blocked[],
    leftOut: [] as string[],
    same: 0,
  };
  const holding = new Set(excluded.flatMap(parentsOf));
  const wanted = isSameContent === undefined ? unlike(from, to) : [...from.keys()];
  plan.same = from.size - wanted.length;
  for (const path of wanted.sort()) {
    if (isUnder(path, plan.blocked)) continue;
    const [entry, other] = [from.get(path)?.read, to.get(path)?.read];
    if (entry === undefined) continue;
    if (!isSent(entry, preserves)) plan.leftOut.push(path);
    else if (other === undefined) plan.send.push(path);
    else if ((entry.type === 'd') !== (other.type === 'd')) {
      const holdsExcluded = holding.has(path);
      if (holdsExcluded || (other.type === 'd' && !deletes && hasBelow(to, path))) {
        plan.blocked.push({path, holdsExcluded});
        continue;
      }
      plan.clear.push(path);
      plan.send.push(path);
    } else if (isContentOther(path, {entry, other}, options)) plan.send.push(path);
    else if (isLookOther({entry, other}, options)) plan.set.push(path);
    else plan.same++;
  }
  const alone = deletes ? extra(from, to, new Set(plan.clear)) : [];
  const kept = alone.filter((path) => holding.has(path));
  const remove = withoutBelow(alone.filter((path) => !holding.has(path)));
  return {...plan, remove, kept};
}

/** The names of which something else was told on both sides, or on one alone: to look at no more saves most of the time. */
function unlike(from: Entries, to: Entries): string[] {
  const names: string[] = [];
  for (const [path, told] of from) {
    const other = to.get(path);
    if (other === undefined || !told.isLike(other)) names.push(path);
  }
  return names;
}

const isSent = ({type}: Listed, preserves: boolean): boolean =>
  'dflp'.includes(type) || (preserves && 'bc'.includes(type));

interface Both {
  readonly entry: Listed;
  readonly other: Listed;
}

function isContentOther(path: string, {entry, other}: Both, options: CompareOptions): boolean {
  const {preserves, isSameContent} = options;
  if (entry.type !== other.type || entry.link !== other.link) return true;
  if (preserves && (entry.uid !== other.uid || entry.gid !== other.gid)) return true;
  if (entry.type === 'l') return false; // few programs set its time
  if (entry.type !== 'f') return entry.type === 'b' || entry.type === 'c';
  if (entry.size !== other.size) return true;
  return isSameContent === undefined ? isTimeOther({entry, other}) : !isSameContent(path);
}

function isLookOther({entry, other}: Both, {preserves}: CompareOptions): boolean {
  if (entry.type === 'l') return false;
  const mask = preserves ? 0o7777 : 0o1777;
  return (entry.mode & mask) !== (other.mode & mask) || isTimeOther({entry, other});
}

function isTimeOther({entry, other}: Both): boolean {
  return entry.mtime !== other.mtime; // what nobody knows differs from everything
}

function hasBelow(entries: Entries, path: string): boolean {
  const start = `${path}/`;
  return [...entries.keys()].some((each) => each.startsWith(start));
}

function isUnder(path: string, above: readonly Blocked[]): boolean {
  return above.some((each) => path.startsWith(`${each.path}/`));
}

/** What the second tree alone has, sorted; `cleared` goes with all below it. */
function extra(from: Entries, to: Entries, cleared: ReadonlySet<string>): string[] {
  return [...to.keys()]
    .filter((path) => !from.has(path))
    .filter((path) => !parentsOf(path).some((above) => cleared.has(above)))
    .sort();
}

/** Of sorted paths those that are not below another one. */
function withoutBelow(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    if (!parentsOf(path).some((above) => found.has(above))) found.add(path);
  }
  return [...found];
}

/** The directories above a path, the outermost first; the tree's own top is the empty name. */
export function parentsOf(path: string): string[] {
  if (path === '') return [];
  const parts = path.split('/');
  return ['', ...parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))];
}
