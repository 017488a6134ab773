// How many instances of a source this process makes at once, whichever of its requests they are for: those of pools that
// stand on the source come one by one.

import type {Source} from './cache.js';

interface Gate {
  inside: number;
  readonly waiting: (() => void)[];
}

const gates = new WeakMap<Source['state'], Gate>();

/** Makes an instance as soon as fewer than `starting` of its source are being made. */
export async function throughGate<Value>(
  {state, settings}: Source,
  make: () => Promise<Value>,
): Promise<Value> {
  const gate = gates.get(state) ?? {inside: 0, waiting: []};
  gates.set(state, gate);
  while (gate.inside >= settings.starting) {
    await new Promise<void>((resolve) => gate.waiting.push(resolve));
  }
  gate.inside++;
  try {
    return await make();
  } finally {
    gate.inside--;
    gate.waiting.shift()?.();
  }
}
