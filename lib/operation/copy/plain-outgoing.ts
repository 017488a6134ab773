// The end that files come from where there is no tar: sh lists them there, and cat tells what is in each. Each is kept
// in a file of this machine for as long as it is on its way, so that its size is known before it is sent on.

import {decodeBytes, encodeBytes} from '../../bytes.js';
import type {Entry, EntrySource} from '../../copy/entry.js';
import {isExcluded} from '../../copy/exclude.js';
import {isAbsentStatus, listCommand} from '../../copy/list-script.js';
import {entryTypes, isTemporary, Listing, type Listed} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {Spool} from '../../spool.js';
import type {Cache} from '../cache.js';
import {askSh, type End} from './ends.js';
import type {Outgoing} from './outgoing.js';
import {nameOf} from './side.js';
import type {From, Transfer} from './transfer.js';

type Files = Exclude<From, {kind: 'stream'}>;

interface Found extends Listed {
  /** How it is reached there, as a word. */
  readonly there: string;
  /** The name under which it arrives. */
  readonly path: string;
}

export async function filesFrom(
  cache: Cache,
  from: Files,
  {follows, excludes, only}: Pick<Transfer, 'follows' | 'excludes' | 'only'>,
): Promise<Outgoing> {
  const found: Found[] = [];
  for (const path of from.paths) found.push(...(await find(cache, from, {path, follows})));
  const patterns = excludes.map((each) => encodeBytes(each).toString('latin1'));
  const sent = found
    .filter(({path}) => only?.has(path.slice('./'.length)) ?? true)
    .filter(({path}) => !isExcluded(path, patterns));
  const source = new PlainSource(cache, from, sent);
  return {
    entries: source,
    finish: () => Promise.resolve(true),
    close: () => {
      source.close();
    },
    end: Promise.resolve({status: 0, stderr: sent.map(remarkOn).join('')}),
  };
}

/** What tar says of what it leaves out: a socket. */
function remarkOn({type, path}: Found): string {
  if (entryTypes[type] !== undefined) return '';
  return `${decodeBytes(Buffer.from(path, 'latin1'))}: socket ignored\n`;
}

class PlainSource implements EntrySource {
  readonly #cache: Cache;
  readonly #end: End;
  readonly #found: readonly Found[];
  readonly #spool = new Spool();
  #index = 0;

  constructor(cache: Cache, end: End, found: readonly Found[]) {
    this.#cache = cache;
    this.#end = end;
    this.#found = found;
  }

  async next(): Promise<Entry | undefined> {
    this.#spool.clear();
    const each = this.#found[this.#index++];
    if (each === undefined) return undefined;
    const type = entryTypes[each.type];
    if (type === undefined) return this.next(); // a socket
    if (type === 'file') await this.#fetch(each);
    return {
      path: each.path,
      type,
      mode: each.mode,
      uid: each.uid || 0,
      gid: each.gid || 0,
      mtime: Number.isNaN(each.mtime) ? Math.floor(Date.now() / 1000) : each.mtime,
      size: this.#spool.size,
      link: each.link,
      device: [0, 0],
      pax: new Map(),
    };
  }

  read(): Buffer | undefined {
    return this.#spool.read();
  }

  close(): void {
    this.#spool.close();
  }

  async #fetch({there}: Found): Promise<void> {
    const words = ['-c', 'cat <"$1"', 'crcache-cp', there];
    const {status, stderr} = await askSh(this.#cache, this.#end, {
      words,
      stdout: this.#spool.descriptor,
    });
    if (status !== 0) throw cannotCopy(there, stderr, status);
  }
}

/** A path and what is below it. */
async function find(
  cache: Cache,
  end: End,
  {path, follows}: {path: string; follows: boolean},
): Promise<Found[]> {
  const words = listCommand(path, {follows, takesFiles: true});
  const {status, stdout, stderr} = await askSh(cache, end, {words});
  if (status === isAbsentStatus) throw cannotCopy(path, `there is no '${path}'`, status);
  if (status !== 0) throw cannotCopy(path, stderr, status);
  const {directory, entries} = new Listing(stdout);
  const isFile = !entries.has('');
  const name = nameOf(path);
  const above = isFile || name === '.' ? '.' : `./${encodeBytes(name).toString('latin1')}`;
  return [...entries]
    .sort(([left], [right]) => (left < right ? -1 : 1)) // what is in a directory comes after it
    .filter(([below]) => !isTemporary(below))
    .map(([below, told]) => ({
      ...told.read,
      there: below === '' ? directory : `${directory}/${decodeBytes(Buffer.from(below, 'latin1'))}`,
      path: below === '' ? above : `${above}/${below}`,
    }));
}

function cannotCopy(path: string, stderr: string, status: number): CrcacheError {
  const [line = ''] = stderr.split('\n');
  const why = line === '' ? `the program there ended with status ${String(status)}` : safe(line);
  return new CrcacheError('failed', `cannot copy '${path}': ${why}`);
}
