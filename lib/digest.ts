// A digest that tells one content from another. It notices changes, and guards nothing against people who want to
// deceive: node's crypto would take longer to load than a command takes to run.

/** Takes bytes or text, piece by piece; 64 bits. */
export class Digest {
  #left = 0xdeadbeef;
  #right = 0x41c6ce57;

  update(piece: Uint8Array | string): this {
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    for (const byte of bytes) {
      this.#left = Math.imul(this.#left ^ byte, 2654435761);
      this.#right = Math.imul(this.#right ^ byte, 1597334677);
    }
    return this;
  }

  /** Sixteen hexadecimal digits. */
  hex(): string {
    const left = mix(this.#left, this.#right);
    const right = mix(this.#right, this.#left);
    return [left, right].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** Spreads every bit of both halves over one. */
function mix(half: number, other: number): number {
  const spread = Math.imul(half ^ (half >>> 16), 2246822507);
  return spread ^ Math.imul(other ^ (other >>> 13), 3266489909);
}
