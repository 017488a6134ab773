// The stream that flows through this process from one end of a copy to the other.

import {Check} from '../../copy/check.js';
import {ArchiveProblem, type Entry} from '../../copy/entry.js';
import {markerOf} from '../../copy/manner.js';
import {pump} from '../../copy/pump.js';
import {ArchiveReader} from '../../copy/read-archive.js';
import {ArchiveWriter} from '../../copy/write-archive.js';
import {encodeBytes} from '../../bytes.js';
import {hasCode} from '../../errors.js';
import {closeEnd, type Pipe, type Piped} from '../../pipes.js';
import type {Cache} from '../cache.js';
import {showPath} from './conclude.js';
import type {Transfer} from './transfer.js';

export class Flow {
  readonly #check: Check;
  readonly #request: Transfer;
  readonly #pipe: Pipe;
  readonly #open: Set<number>;

  /** Between these descriptors, which it closes but for stdin and stdout. */
  constructor(cache: Cache, request: Transfer, pipe: Pipe) {
    this.#request = request;
    this.#pipe = pipe;
    this.#open = new Set([pipe.reads, pipe.writes].filter((each) => each > 2));
    this.#check = new Check({
      preserves: request.preserves,
      excludes: request.excludes.map((each) => encodeBytes(each).toString('latin1')),
      note: (what, path) => {
        cache.say(`'${showPath(path)}' ${what}`);
      },
    });
  }

  /** How many files were left out. */
  get missing(): number {
    return this.#check.missing;
  }

  /** Moves all; what is wrong with it is the value, and then nothing tells the receiver that it is whole. */
  async run(sender: Piped): Promise<ArchiveProblem | undefined> {
    try {
      await this.#move(sender);
      return undefined;
    } catch (error) {
      if (error instanceof ArchiveProblem) return error;
      if (!hasCode(error, 'EPIPE')) throw error;
      return undefined; // the receiver says why
    } finally {
      for (const each of this.#open) this.#close(each);
    }
  }

  async #move(sender: Piped): Promise<void> {
    const {reads, writes} = this.#pipe;
    const {to, advance} = this.#request;
    const reader = new ArchiveReader(reads);
    const writer = new ArchiveWriter(writes);
    await pump(reader, writer, {pass: (entry) => this.#check.pass(entry), advance});
    this.#close(reads);
    const {status} = await sender.end;
    if (status !== 0 && reader.received === 0) return; // it says itself why
    if (!reader.isWhole) throw new ArchiveProblem('the stream is cut off');
    if (to.kind !== 'stream') writer.begin(markerEntry(markerOf(to.nonce)));
    writer.finish();
  }

  #close(descriptor: number): void {
    if (this.#open.delete(descriptor)) closeEnd(descriptor);
  }
}

/** An empty file. */
function markerEntry(name: string): Entry {
  return {
    path: `./${name}`,
    type: 'file',
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: 0,
    link: '',
    device: [0, 0],
    pax: new Map(),
  };
}
