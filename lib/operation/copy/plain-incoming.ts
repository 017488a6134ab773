// The end that files go to where there is no tar: what comes is made there by one small sh after the other.

import {decodeBytes} from '../../bytes.js';
import {ArchiveProblem, type Entry, type EntrySink} from '../../copy/entry.js';
import {fileCommand, makeCommand, type Making} from '../../copy/plain-script.js';
import {wholeWord} from '../../copy/receive-script.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {closeEnd, makePipes, writeAll, type Pipe} from '../../pipes.js';
import {Spool} from '../../spool.js';
import type {Cache} from '../cache.js';
import {showPath} from './conclude.js';
import {askSh, startReceiver} from './ends.js';
import type {Incoming} from './incoming.js';
import {readPlace, type ToldPlace} from './told-place.js';
import type {To, Transfer} from './transfer.js';

export async function filesTo(
  cache: Cache,
  {to, preserves}: Transfer,
  scratch: string,
): Promise<Incoming> {
  const [data, answer, stderr] = (await makePipes(scratch, 3)) as [Pipe, Pipe, Pipe];
  const receiver = await startReceiver(cache, to, {
    manner: {preserves, isPlain: true, byOthers: 'all'},
    stdin: data.reads,
    stdout: answer.writes,
    stderr,
  });
  const place = readPlace(answer.reads);
  closeEnd(answer.reads);
  if (place === undefined) {
    closeEnd(data.writes);
    const {status, stderr: said} = await receiver.end;
    throw cannotCopy(to, said, status);
  }
  const sink = new PlainSink(cache, to, {...place, preserves});
  return {
    entries: sink,
    async finish() {
      await sink.finish();
      if (place.what === 'tree') writeAll(data.writes, Buffer.from(`${wholeWord}\n`));
    },
    async close() {
      sink.close();
      closeEnd(data.writes);
      await receiver.end;
    },
    end: receiver.end,
  };
}

interface Place extends ToldPlace {
  readonly preserves: boolean;
}

const kinds = {directory: 'd', symlink: 'l', link: 'h', fifo: 'p'} as const;

/** How many things are made by one sh: words are not without end. */
const largestQueue = 100;

class PlainSink implements EntrySink {
  readonly #cache: Cache;
  readonly #to: To;
  readonly #place: Place;
  readonly #spool = new Spool();
  readonly #queue: Making[] = [];
  /** What directories are to look like when all is in them. */
  readonly #looks: Making[] = [];
  #file: Entry | undefined;

  constructor(cache: Cache, to: To, place: Place) {
    this.#cache = cache;
    this.#to = to;
    this.#place = place;
  }

  async begin(entry: Entry): Promise<void> {
    if (entry.sparse !== undefined || entry.pax.has('GNU.sparse.major')) {
      throw new ArchiveProblem('is sparse, which only GNU tar can unpack', entry.path);
    }
    if (entry.type === 'file') {
      this.#spool.clear();
      this.#file = entry;
      return;
    }
    if (entry.type === 'character-device' || entry.type === 'block-device') {
      throw new ArchiveProblem('is a device, which only tar can make', entry.path);
    }
    const making = {
      ...this.#lookOf(entry),
      what: kinds[entry.type],
      link: this.#linkOf(entry),
    };
    if (entry.type === 'directory') this.#looks.push({...making, what: 'look'});
    this.#queue.push(making);
    if (this.#queue.length >= largestQueue) await this.#flush();
  }

  write(bytes: Buffer): void {
    this.#spool.write(bytes);
  }

  async end(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    await this.#flush();
    const words = fileCommand(this.#lookOf(file));
    const {status, stderr} = await this.#spool.handTo((stdin) =>
      askSh(this.#cache, this.#to, {words, stdin}),
    );
    if (status !== 0) throw cannotCopy(this.#to, `'${showPath(file.path)}': ${stderr}`, status);
  }

  async finish(): Promise<void> {
    await this.#flush();
    this.#queue.push(...this.#looks.reverse());
    while (this.#queue.length > 0) {
      await this.#run(makeCommand(this.#queue.splice(0, largestQueue)));
    }
  }

  close(): void {
    this.#spool.close();
  }

  async #flush(): Promise<void> {
    if (this.#queue.length > 0) await this.#run(makeCommand(this.#queue.splice(0)));
  }

  async #run(words: readonly string[]): Promise<void> {
    const {status, stderr} = await askSh(this.#cache, this.#to, {words});
    if (status !== 0) throw cannotCopy(this.#to, stderr, status);
  }

  #lookOf({mode, mtime, uid, gid, path}: Entry): Omit<Making, 'what' | 'link'> {
    const owner = this.#place.preserves ? `${String(uid)}:${String(gid)}` : '';
    return {mode, mtime, owner, path: this.#there(path)};
  }

  #linkOf({type, link}: Entry): string {
    return type === 'link' ? this.#there(link) : decodeBytes(Buffer.from(link, 'latin1'));
  }

  /** Where a name of the archive is there. */
  #there(path: string): string {
    const {what, path: place} = this.#place;
    const {name} = this.#to;
    const whole = decodeBytes(Buffer.from(path, 'latin1'));
    const isThatOne = what === 'exact' && name !== undefined && name !== '.';
    return isThatOne ? place + whole.slice(`./${name}`.length) : `${place}/${whole}`;
  }
}

function cannotCopy({path}: To, stderr: string, status: number): CrcacheError {
  const [line = ''] = stderr.split('\n');
  const why = line === '' ? `the program there ended with status ${String(status)}` : safe(line);
  return new CrcacheError('failed', `cannot copy to '${path}': ${why}`);
}
