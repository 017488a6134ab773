// A file of this machine that holds what is on its way between two programs.

import fs from 'node:fs';

const pieceSize = 262_144;

export class Spool {
  /** Programs may write to it: each writes to its end. */
  readonly descriptor: number;
  readonly #path: string;
  #position = 0;
  #isOpen = true;

  /** A new file. */
  constructor(path: string) {
    this.#path = path;
    const {O_CREAT, O_EXCL, O_RDWR, O_APPEND} = fs.constants;
    this.descriptor = fs.openSync(path, O_CREAT | O_EXCL | O_RDWR | O_APPEND, 0o600);
  }

  get size(): number {
    return fs.fstatSync(this.descriptor).size;
  }

  clear(): void {
    fs.ftruncateSync(this.descriptor);
    this.#position = 0;
  }

  write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(this.descriptor, bytes, done);
  }

  /** The next of its bytes, or undefined after the last. */
  read(): Buffer | undefined {
    const piece = Buffer.allocUnsafe(pieceSize);
    const length = fs.readSync(this.descriptor, piece, 0, pieceSize, this.#position);
    this.#position += length;
    return length === 0 ? undefined : piece.subarray(0, length);
  }

  /** Gives a program all of it to read. */
  async handTo<Value>(use: (descriptor: number) => Promise<Value>): Promise<Value> {
    const descriptor = fs.openSync(this.#path, 'r');
    try {
      return await use(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  close(): void {
    if (this.#isOpen) fs.closeSync(this.descriptor);
    this.#isOpen = false;
  }
}
