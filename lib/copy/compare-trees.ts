// What has to be done so that one tree becomes like another: decided as data from what both hold.

import type {Listed} from './listing.js';

export type Entries = ReadonlyMap<string, Listed>;

export interface CompareOptions {
  /** What is in the second tree alone goes. */
  readonly deletes: boolean;
  /** Owners count, and setuid bits; devices are files as any other. */
  readonly preserves: boolean;
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
  /** Directories that are in the way and stay, because they hold something. */
  readonly blocked: readonly string[];
  /** Devices and the like, which are left out. */
  readonly leftOut: readonly string[];
  readonly same: number;
}

/** Decides how `to` becomes like `from`. */
export function compareTrees(from: Entries, to: Entries, options: CompareOptions): Plan {
  const {deletes, preserves} = options;
  const plan = {
    clear: [] as string[],
    send: [] as string[],
    set: [] as string[],
    blocked: [] as string[],
    leftOut: [] as string[],
    same: 0,
  };
  for (const [path, entry] of from) {
    const other = to.get(path);
    if (isUnder(path, plan.blocked)) continue;
    if (!isSent(entry, preserves)) plan.leftOut.push(path);
    else if (other === undefined) plan.send.push(path);
    else if ((entry.type === 'd') !== (other.type === 'd')) {
      const isInTheWay = other.type === 'd' && !deletes && hasBelow(to, path);
      (isInTheWay ? plan.blocked : plan.clear).push(path);
      if (!isInTheWay) plan.send.push(path);
    } else if (isContentOther(path, {entry, other}, options)) plan.send.push(path);
    else if (isLookOther({entry, other}, options)) plan.set.push(path);
    else plan.same++;
  }
  const remove = deletes ? extra(from, to, new Set(plan.clear)) : [];
  return {...plan, remove};
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

function isUnder(path: string, above: readonly string[]): boolean {
  return above.some((each) => path.startsWith(`${each}/`));
}

/** What the second tree alone has, without what is below another of these. */
function extra(from: Entries, to: Entries, cleared: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  for (const path of to.keys()) {
    if (from.has(path)) continue;
    if (parentsOf(path).some((above) => found.has(above) || cleared.has(above))) continue;
    found.add(path);
  }
  return [...found];
}

/** The directories above a path, the outermost first; the tree's own top is the empty name. */
export function parentsOf(path: string): string[] {
  if (path === '') return [];
  const parts = path.split('/');
  return ['', ...parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))];
}
