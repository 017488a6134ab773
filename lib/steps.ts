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

type SignalSelf = (signal: 'SIGKILL' | 'SIGSTOP') => void;

/**
 * CRCACHE_STOP_AT, for tests: `kill:STEP` or `stop:STEP` sends this process that signal as it reaches the step;
 * `kill:STEP:2` when it does so for the second time. Several are separated by commas.
 */
export function stepFrom(wish: string | undefined, signalSelf: SignalSelf): Step {
  if (wish === undefined || wish === '') return noStep;
  const ends = wish.split(',').map((each) => endFrom(each, signalSelf));
  return (step) => {
    for (const end of ends) end(step);
  };
}

function endFrom(wish: string, signalSelf: SignalSelf): Step {
  const [, signal, name, ordinal = '1'] =
    /^(kill|stop):([a-z:-]+?)(?::([0-9]+))?$/.exec(wish) ?? [];
  if (signal === undefined) return noStep;
  let count = 0;
  return (step) => {
    if (step !== name || ++count !== Number(ordinal)) return;
    signalSelf(signal === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  };
}
