// Moves entries from a source to a sink, through a check where the source is not trusted.

import type {Entry, EntrySink, EntrySource} from './entry.js';

/** Told of bytes that have been moved; what it promises is waited for. */
export type Advance = (bytes: number) => Promise<void> | undefined;

export interface PumpOptions {
  /** The entry as it may arrive, or undefined where it is left out. */
  readonly pass: (entry: Entry) => Entry | undefined;
  readonly advance?: Advance | undefined;
}

export async function pump(
  source: EntrySource,
  sink: EntrySink,
  {pass, advance}: PumpOptions,
): Promise<void> {
  for (;;) {
    const coming = source.next();
    const entry = coming instanceof Promise ? await coming : coming;
    if (entry === undefined) return;
    const passed = pass(entry);
    if (passed === undefined) continue;
    const begun = sink.begin(passed);
    if (begun !== undefined) await begun;
    for (let bytes = source.read(); bytes !== undefined; bytes = source.read()) {
      sink.write(bytes);
      const told = advance?.(bytes.length);
      if (told !== undefined) await told;
    }
    const ended = sink.end();
    if (ended !== undefined) await ended;
  }
}
