// Reads a tar archive from a descriptor: ustar, GNU (long names, sparse files, large numbers) and pax. It believes
// nothing: checksums, sizes and lengths are looked at, and a stream that ends early is a problem that names the file.

import {pipeBytes, pipePieceBytes, readSome} from '../pipes.js';
import {
  ArchiveProblem,
  blockSize,
  cutOff,
  paddingOf,
  type Entry,
  type EntrySource,
} from './entry.js';
import {bytesOf, isZero, readHeader, type Header} from './header.js';
import {readPax} from './pax.js';

/** What describes a file, a long name or its attributes, is small; what claims otherwise fills our memory. */
const largestDescription = 1_048_576;

export class ArchiveReader implements EntrySource {
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafe(pipeBytes);
  #start = 0;
  #end = 0;
  /** What is left of the entry's bytes, and of what fills its last block. */
  #left = 0;
  #padding = 0;
  #path = '';
  /** How many bytes came in. */
  received = 0;
  /** Whether the archive's own end was seen, and nothing came after it. */
  isWhole = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  next(): Entry | undefined {
    while (this.read() !== undefined);
    let longPath: string | undefined;
    let longLink: string | undefined;
    let pax = new Map<string, string>();
    for (;;) {
      const block = this.#take(blockSize);
      if (block === undefined) return undefined;
      if (isZero(block)) {
        this.isWhole = true; // archives may follow one another
        continue;
      }
      this.isWhole = false;
      const header = readHeader(block);
      if (header.flag === 'L') longPath = bytesOf(this.#describe(header));
      else if (header.flag === 'K') longLink = bytesOf(this.#describe(header));
      else if (header.flag === 'x') pax = readPax(this.#describe(header));
      else if (header.flag === 'g') this.#describe(header);
      else return this.#begin(header, {longPath, longLink, pax});
    }
  }

  read(): Buffer | undefined {
    if (this.#left === 0) {
      if (this.#padding > 0) this.#need(this.#padding);
      this.#padding = 0;
      return undefined;
    }
    if (this.#start === this.#end && !this.#fill()) throw cutOff(this.#path);
    const length = Math.min(this.#left, this.#end - this.#start);
    this.#left -= length;
    this.#start += length;
    return this.#buffer.subarray(this.#start - length, this.#start);
  }

  #begin(
    header: Header,
    {
      longPath,
      longLink,
      pax,
    }: {longPath?: string | undefined; longLink?: string | undefined; pax: Map<string, string>},
  ): Entry {
    const number = (key: string, value: number): number => numberOf(pax, key) ?? value;
    const path = pax.get('GNU.sparse.name') ?? pax.get('path') ?? longPath ?? header.path;
    this.#path = path;
    if (isOfOldSparse(pax)) {
      throw new ArchiveProblem(
        'is a sparse file in an old form: pack it with --sparse-version=1.0',
        path,
      );
    }
    const size = header.type === 'file' ? number('size', header.size) : 0;
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ArchiveProblem('has a size that no file has', path);
    }
    const sparse = header.flag === 'S' ? this.#sparseMap(header) : undefined;
    this.#left = size;
    this.#padding = paddingOf(size);
    return {
      path,
      type: header.type,
      mode: header.mode,
      uid: number('uid', header.uid),
      gid: number('gid', header.gid),
      mtime: number('mtime', header.mtime),
      size,
      link: pax.get('linkpath') ?? longLink ?? header.link,
      device: header.device,
      sparse,
      pax,
    };
  }

  /** The sparse fields of a header and the blocks that continue them. */
  #sparseMap(header: Header): Buffer {
    const parts = [Buffer.from(header.block.subarray(386, 495))];
    for (let hasMore = header.block[482] !== 0; hasMore;) {
      const block = Buffer.from(this.#need(blockSize));
      parts.push(block);
      hasMore = block[504] !== 0;
      if (parts.length > largestDescription / blockSize)
        throw new ArchiveProblem('has a map without end', header.path);
    }
    return Buffer.concat(parts);
  }

  #describe({size, path}: Header): Buffer {
    if (!(size >= 0 && size <= largestDescription)) {
      throw new ArchiveProblem(`is described in ${String(size)} bytes`, path);
    }
    const parts: Buffer[] = [];
    for (let left = size + paddingOf(size); left > 0;) {
      const part = Buffer.from(this.#need(Math.min(left, pipePieceBytes)));
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts).subarray(0, size);
  }

  #need(length: number): Buffer {
    const bytes = this.#take(length);
    if (bytes === undefined) throw cutOff(this.#path);
    return bytes;
  }

  /** So many bytes in one piece, or undefined at the end. */
  #take(length: number): Buffer | undefined {
    while (this.#end - this.#start < length) {
      if (this.#fill()) continue;
      if (this.#end > this.#start) throw cutOff(this.#path);
      return undefined;
    }
    this.#start += length;
    return this.#buffer.subarray(this.#start - length, this.#start);
  }

  #fill(): boolean {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const length = readSome(this.#descriptor, this.#buffer, this.#end);
    this.#end += length;
    this.received += length;
    return length > 0;
  }
}

/** The forms 0.0 and 0.1, whose maps stand in the pax header. */
function isOfOldSparse(pax: ReadonlyMap<string, string>): boolean {
  const isSparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  return (
    isSparse &&
    `${pax.get('GNU.sparse.major') ?? ''}.${pax.get('GNU.sparse.minor') ?? ''}` !== '1.0'
  );
}

function numberOf(pax: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = pax.get(key);
  if (text === undefined) return undefined;
  return /^-?[0-9]{1,17}(\.[0-9]*)?$/.test(text) ? Number(text) : NaN;
}
