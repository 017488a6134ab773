// How one claim is tried: with an instance, or none, and within its time.

import {CrcacheError} from '../../errors.js';
import {refusal, Untried, type Claim, type Seen} from './claim.js';
import {Trial, type Stage} from './trial.js';

const unclaimed = new Untried('', 'not claimed');

export class Trying {
  readonly #stage: Stage;
  readonly #claim: Claim;
  /** The instance that is in use, before and afterwards; '' for none. */
  instance: string;
  /** Why none was given out for it. */
  refusal: string | undefined;

  constructor(stage: Stage, claim: Claim, instance: string) {
    this.#stage = stage;
    this.#claim = claim;
    this.instance = instance;
  }

  /** What was seen. After anything but what was claimed nothing is left for the next one. */
  async result(): Promise<Seen> {
    const end = new AbortController();
    const trial = new Trial(this.#stage, end.signal);
    trial.instance = this.instance;
    const isSaid = this.#claim.isClaimed ?? (() => true);
    if (this.#claim.isAlone === true && !isSaid(trial)) return unclaimed;
    const seen = await this.#withinTime(end, async () => {
      const refused = await this.#begin(trial);
      if (refused !== undefined) return refused;
      return isSaid(trial) ? this.#claim.isWrong(trial) : unclaimed;
    });
    await this.#leave(trial, {isAsClaimed: seen === undefined || seen === unclaimed});
    return seen;
  }

  /** Has an instance in use, or none, as the claim wants it. */
  async #begin(trial: Trial): Promise<Seen> {
    if (this.#claim.isAlone === true) {
      if (trial.isInUse) await trial.releaseAll();
      trial.instance = '';
      return undefined;
    }
    if (trial.isInUse) return undefined;
    const refused = refusal(await trial.acquire());
    if (refused === undefined) return undefined;
    this.refusal = refused instanceof Untried ? refused.why : refused;
    return new Untried('no instance is given out');
  }

  async #leave(trial: Trial, {isAsClaimed}: {isAsClaimed: boolean}): Promise<void> {
    const after = new Trial(this.#stage, AbortSignal.timeout(this.#stage.limitMs));
    after.instance = trial.instance;
    if (!isAsClaimed) {
      await after.releaseAll();
      await after.call('gc');
      // Where it cannot be listed, the claim of that fails.
      await after.noteLeftOver().catch(() => undefined);
    }
    await after.leave();
    this.instance = after.isInUse ? after.instance : '';
  }

  /** What it came to, also where it does not come to an end. */
  async #withinTime(end: AbortController, act: () => Promise<Seen>): Promise<Seen> {
    const {limitMs} = this.#stage;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        resolve(`it did not end within ${String(limitMs / 1000)} s`);
        end.abort();
      }, limitMs);
    });
    const result = act().catch((error: unknown) => {
      if (error instanceof CrcacheError) return error.message;
      throw error;
    });
    try {
      return await Promise.race([result, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
