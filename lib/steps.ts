// The points at which a transition may be cut off. Each has its name here, so that a test can kill a process
// at every one of them and a new one cannot be forgotten.

export const steps = [
  'lock:taken',
  'lock:decided',
  'queue:ticket-made',
  'queue:ticket-met',
  'claim:prepared',
  'claim:announced',
  'claim:claimed',
  'provision:handle-written',
  'provision:backing-asked',
  'provision:backing-got',
  'provision:made',
  'provision:hooked',
  'provision:recorded',
  'provision:cached',
  'acquire:taken',
  'acquire:claimed',
  'allocate:checked',
  'import:noted',
  'import:brought',
  'import:all-brought',
  'allocate:hooked',
  'allocate:leased',
  'allocate:in-use',
  'acquire:printed',
  'release:judged',
  'release:renamed',
  'release:taken',
  'release:stopped',
  'release:hooked',
  'import:saved',
  'import:undone',
  'release:reset',
  'release:cached',
  'release:to-discard',
  'park:noted',
  'park:parked',
  'park:resumed',
  'reset:taken',
  'reset:noted',
  'reset:done',
  'discard:taken',
  'discard:hooked',
  'discard:destroyed',
  'discard:backing-released',
  'discard:trashed',
  'discard:unlinked',
  'discard:done',
  'gc:taken-over',
  'gc:listed',
] as const;

export type StepName = (typeof steps)[number];

/** Tells that a step is reached. */
export type Step = (name: StepName) => void;

export const noStep: Step = () => undefined;
