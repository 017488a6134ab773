// A line on a terminal that tells how far something is; none where stderr is no terminal, or with --quiet.

import type {Context} from './context.js';

export class Progress {
  readonly #context: Context;
  readonly #total: number;
  readonly #isShown: boolean;
  #done = 0;

  constructor(context: Context, total: number) {
    this.#context = context;
    this.#total = total;
    this.#isShown = context.stderr.isTerminal && !context.isQuiet;
    this.#draw();
  }

  show(done: number): void {
    this.#done = done;
    this.#draw();
  }

  /** Writes something else, which stands above the line. */
  async aside(write: () => Promise<void>): Promise<void> {
    this.clear();
    await write();
    this.#draw();
  }

  clear(): void {
    this.#write('\r\u001b[K');
  }

  #draw(): void {
    this.#write(`\r\u001b[K${String(this.#done)} of ${String(this.#total)} done`);
  }

  #write(text: string): void {
    if (this.#isShown) this.#context.stderr.write(text).catch(() => undefined);
  }
}
