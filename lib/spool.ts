// A file of this machine that holds what is on its way between two programs. It has no name: nothing stays of it where
// this process is killed.

import fs from 'node:fs';
import {tmpdir} from 'node:os';

const pieceSize = 262_144;

export class Spool {
  /** Programs may write to it: each writes to its end. */
  readonly descriptor: number;
  #position = 0;
  #isOpen = true;

  constructor() {
    const path = `${tmpdir()}/crcache-${Math.random().toString(36).slice(2)}`;
    const {O_CREAT, O_EXCL, O_RDWR, O_APPEND} = fs.constants;
    this.descriptor = fs.openSync(path, O_CREAT | O_EXCL | O_RDWR | O_APPEND, 0o600);
    fs.unlinkSync(path);
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

  /** The next of its bytes, in memory of their own, or undefined after the last. */
  read(): Buffer | undefined {
    const piece = Buffer.allocUnsafe(pieceSize);
    const length = fs.readSync(this.descriptor, piece, 0, pieceSize, this.#position);
    this.#position += length;
    return length === 0 ? undefined : piece.subarray(0, length);
  }

  /** Gives a program all of it to read. */
  async handTo<Value>(use: (descriptor: number) => Promise<Value>): Promise<Value> {
    const descriptor = fs.openSync(`/proc/self/fd/${String(this.descriptor)}`, 'r');
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
