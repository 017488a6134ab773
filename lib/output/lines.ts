// Output that arrives in pieces, as whole lines.

const newline = 0x0a;

/** A line longer than this is handed on in parts: whoever prints for ever without a line break fills no memory. */
const longestBytes = 1024 * 1024;

/** Cuts what arrives into lines, each with its line break; the last one gets one if it has none. */
export class Lines {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that are whole with this piece. */
  add(piece: Buffer): Buffer[] {
    const text = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = text.indexOf(newline); end !== -1; end = text.indexOf(newline, start)) {
      lines.push(text.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = Buffer.from(text.subarray(start)); // the piece is somebody's who uses it again
    if (this.#rest.length > longestBytes) lines.push(...this.end());
    return lines;
  }

  /** What is left when nothing more comes. */
  end(): Buffer[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [Buffer.concat([rest, Buffer.of(newline)])];
  }
}
