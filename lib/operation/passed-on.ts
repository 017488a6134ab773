// Signals on their way to a command. What a terminal sends to all of a job reaches all of the command's, whether that
// shares this process's group or has a session of its own.

import {membersOf, sendSignal, stopItself} from '../processes.js';
import {onSignals} from '../signals.js';
import {hasTerminal, isAtTerminal, ownGroup} from '../terminal.js';

/** Signals that reach a command in our place, or that a terminal sends to both of us. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
const typed = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH'] as const;
const ending = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

interface Receiver {
  readonly pid: number;
  /** The command, and all that it has started. */
  readonly family: () => readonly number[];
}

export class PassedOn {
  readonly stop: () => void;
  readonly #hadTerminal = hasTerminal();
  readonly #isApart: boolean;
  #receiver: Receiver | undefined;
  #hasEnded = false;
  /** Those that come while the command is being started are kept for it. */
  readonly #early: NodeJS.Signals[] = [];

  /** `isApart`: the command has a session of its own, which no terminal sends anything to. */
  constructor(isApart: boolean) {
    this.#isApart = isApart;
    this.stop = onSignals([...passedOn, ...typed], (signal) => {
      this.#hasEnded ||= isIn(ending, signal);
      if (!isApart && isTyped(signal) && isAtTerminal()) this.#stopIf(signal);
      else if (this.#receiver === undefined) this.#early.push(signal);
      else this.#pass(this.#receiver, signal);
    });
  }

  /** Whether somebody wished that all of it ends. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  to(receiver: Receiver): void {
    this.#receiver = receiver;
    for (const signal of this.#early.splice(0)) this.#pass(receiver, signal);
  }

  #pass(receiver: Receiver, signal: NodeJS.Signals): void {
    // In a session of its own, whose parent is in another one, nothing is stopped by what is typed.
    const sent = this.#isApart && signal === 'SIGTSTP' ? 'SIGSTOP' : signal;
    for (const pid of this.#pidsFor(receiver, signal)) sendSignal(pid, sent);
    this.#stopIf(signal);
  }

  /** One process, as it is with a signal that was sent to us, or all that a terminal would have sent it to. */
  #pidsFor({pid, family}: Receiver, signal: NodeJS.Signals): readonly number[] {
    if (!this.#hadTerminal) return [pid];
    if (this.#isApart) {
      const isForAll =
        signal === 'SIGHUP' || signal === 'SIGCONT' || (isTyped(signal) && isAtTerminal());
      return [isForAll ? -pid : pid];
    }
    if (signal !== 'SIGHUP' || hasTerminal()) return [pid];
    // A terminal that goes away tells its session's first process alone, until that has ended.
    const members = membersOf(ownGroup());
    return [pid, ...family().filter((each) => each !== pid && members.includes(each))];
  }

  #stopIf(signal: NodeJS.Signals): void {
    if (signal === 'SIGTSTP') stopItself();
  }
}

function isTyped(signal: NodeJS.Signals): boolean {
  return isIn(typed, signal);
}

function isIn(signals: readonly NodeJS.Signals[], signal: NodeJS.Signals): boolean {
  return signals.includes(signal);
}
