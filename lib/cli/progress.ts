// A line on a terminal that tells how far something is; none where stderr is no terminal, or with --quiet.

import type {Context} from './context.js';

export class Progress {
  readonly #context: Context;
  readonly isShown: boolean;
  #line = '';

  constructor(context: Context) {
    this.#context = context;
    this.isShown = context.stderr.isTerminal && !context.isQuiet;
  }

  readonly show = (line: string): void => {
    this.#line = line;
    this.#draw();
  };

  /** Writes something else, which stands above the line. */
  async aside(write: () => Promise<void>): Promise<void> {
    this.clear();
    await write();
    this.#draw();
  }

  readonly clear = (): void => {
    if (this.#line !== '') this.#write('\r\u001b[K');
  };

  #draw(): void {
    if (this.#line !== '') this.#write(`\r\u001b[K${this.#line}`);
  }

  #write(text: string): void {
    if (this.isShown) this.#context.stderr.write(text).catch(() => undefined);
  }
}
