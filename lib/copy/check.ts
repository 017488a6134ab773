// What may come out of an instance, which is not trusted: every entry is looked at before any program that creates
// files sees it, and its header is written anew, so that nobody reads it in another way than it was read here.

import {ArchiveProblem, type Entry} from './entry.js';
import {isExcluded} from './exclude.js';
import {isTemporary} from './listing.js';
import {PathSet} from './path-set.js';

export interface CheckOptions {
  /** Owners, setuid bits, devices and attributes come as they are. */
  readonly preserves: boolean;
  /** Patterns of names that are left out. */
  readonly excludes: readonly string[];
  /** What only exists while something arrives comes as well. */
  readonly takesTemporary: boolean;
  /** Why it is none of what was asked for: who sends may send other names too. Its path, and link, are sound. */
  readonly refusal: (entry: Pick<Entry, 'path' | 'type' | 'link'>) => string | undefined;
  /** Told what becomes of a file that is not as it was sent. */
  readonly note: (what: string, path: string) => void;
}

/** What is said of a file without -p. */
export const lostBits = 'has lost its setuid or setgid bit';

/** PATH_MAX: what is longer cannot be made by its name. */
const longestName = 4095;
const longestPart = 255;

/** Checks entries one after the other; it remembers the symlinks, through which nothing may be written. */
export class Check {
  /** How many entries are missing because they were left out against the wish of who copies. */
  missing = 0;
  readonly #options: CheckOptions;
  readonly #symlinks = new PathSet();

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  /** The entry as it may be made, or undefined where it is left out; one that wants to do harm is a problem. */
  pass(entry: Entry): Entry | undefined {
    const {preserves, refusal, note} = this.#options;
    const path = soundPath(entry.path, entry.path);
    if (this.#isLeftOut(path)) return undefined;
    this.#checkWay(path);
    const link = this.#checkLink(entry, path);
    if (entry.type === 'link' && this.#isLeftOut(link)) {
      throw new ArchiveProblem('is a hard link to what is left out', path, {isOfTar: true});
    }
    const refused = refusal({path, link, type: entry.type});
    if (refused !== undefined) throw new ArchiveProblem(refused, path);
    if (!isSane(entry)) throw new ArchiveProblem('has numbers that no file has', path);
    if (preserves) return {...entry, path, link};
    if (entry.type === 'character-device' || entry.type === 'block-device') {
      this.missing++;
      note('is a device and was left out', path);
      return undefined;
    }
    if ((entry.mode & 0o6000) !== 0) note(lostBits, path);
    return {
      ...entry,
      path,
      link,
      mode: entry.mode & 0o1777,
      uid: 0,
      gid: 0,
      pax: sparseOnly(entry.pax),
    };
  }

  #isLeftOut(path: string): boolean {
    const {excludes, takesTemporary} = this.#options;
    return isExcluded(path, excludes) || (!takesTemporary && isTemporary(path));
  }

  /** Nothing may be made through a symlink of the archive, nor in its place. */
  #checkWay(path: string): void {
    if (this.#symlinks.hasAbove(path)) {
      throw new ArchiveProblem('would be written through a symlink', path);
    }
    if (this.#symlinks.has(path)) throw new ArchiveProblem('comes twice, first as a symlink', path);
  }

  #checkLink({type, link}: Entry, path: string): string {
    if (type === 'symlink') {
      if (link === '' || link.length > longestName || link.includes('\0')) {
        throw new ArchiveProblem('is a symlink to nowhere', path);
      }
      this.#symlinks.add(path);
      return link;
    }
    if (type !== 'link') return '';
    const target = soundPath(link, path);
    if (this.#symlinks.hasAbove(target)) {
      throw new ArchiveProblem('is a hard link through a symlink', path);
    }
    if (this.#symlinks.has(target)) this.#symlinks.add(path); // it is another name of that symlink
    return target;
  }
}

/** A name below the destination, without what means nothing in it; '.' is the destination itself. */
function soundPath(path: string, shown: string): string {
  if (path.length > longestName) {
    throw new ArchiveProblem(`has a name of ${String(path.length)} bytes`, shown.slice(0, 60));
  }
  if (path.startsWith('/')) throw new ArchiveProblem('has an absolute name', shown);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ArchiveProblem("leads outside by '..'", shown);
  if (parts.some((part) => part.length > longestPart)) {
    throw new ArchiveProblem('has a name that no file can have', shown.slice(0, 60));
  }
  if (path.includes('\0')) throw new ArchiveProblem('has a NUL in its name', shown);
  return parts.length === 0 ? '.' : `./${parts.join('/')}`;
}

function isSane({mode, uid, gid, mtime, device}: Entry): boolean {
  return (
    [mode, uid, gid, ...device].every(
      (each) => Number.isSafeInteger(each) && each >= 0 && each < 2 ** 32,
    ) && Math.abs(mtime) < 2 ** 53
  );
}

function sparseOnly(pax: Entry['pax']): Entry['pax'] {
  return new Map([...pax].filter(([key]) => key.startsWith('GNU.sparse.')));
}
