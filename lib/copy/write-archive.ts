// Writes a tar archive, in large pieces.

import {pipePieceBytes} from '../pipes.js';
import {blockSize, paddingOf, type Entry, type EntrySink} from './entry.js';
import {writeHeader} from './header.js';
import {writePax} from './pax.js';

export class ArchiveWriter implements EntrySink {
  readonly #put: (bytes: Buffer) => void;
  readonly #buffer = Buffer.allocUnsafe(pipePieceBytes);
  #length = 0;
  #padding = 0;

  /** Where bytes go. */
  constructor(put: (bytes: Buffer) => void) {
    this.#put = put;
  }

  begin(entry: Entry): void {
    for (const block of writePax(entry)) this.write(block);
    this.write(writeHeader(entry));
    this.#padding = paddingOf(entry.size);
  }

  write(bytes: Buffer): void {
    if (this.#length + bytes.length > pipePieceBytes) this.#flush();
    if (bytes.length > pipePieceBytes / 2) {
      this.#flush();
      this.#put(bytes);
      return;
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }

  end(): void {
    if (this.#padding > 0) this.write(Buffer.alloc(this.#padding));
    this.#padding = 0;
  }

  /** Writes the archive's end. */
  finish(): void {
    this.write(Buffer.alloc(2 * blockSize));
    this.#flush();
  }

  #flush(): void {
    this.#put(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
