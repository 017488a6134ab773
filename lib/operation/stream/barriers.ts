// Barriers of streams: in the process that the streams end with, since it is there for as long as they are. For each job
// a relay where the job is tells who waits there, and tells those who wait that they may go on.

import {startDialogue, type Dialogue} from '../../dialogue.js';
import {CrcacheError} from '../../errors.js';
import {watchFile} from '../../watch-file.js';
import {longestTimerMs} from '../../time.js';
import {parseDuration} from '../../units.js';
import type {Cache} from '../cache.js';
import {resolveJob} from '../job/job.js';
import {whileJobRuns} from '../job/scripts.js';
import {placeOf, startThere, type Start} from '../job/there.js';
import {Gathering, type Party, type Waiting} from './gathering.js';
import {relay} from './scripts.js';
import type {JobFacts, Session} from './session.js';

/** Nobody waits longer, unless it says so. */
const usualPatienceMs = 600_000;

/** How often jobs are looked for, where their directory cannot be watched. */
const lookMs = 500;

/** How often a way to a job that breaks is opened anew. */
const attemptsAtMost = 3;

export function startBarriers(cache: Cache, session: Session): {readonly stop: () => void} {
  const barriers = new Barriers(cache);
  const known = new Set<string>();
  const look = (): void => {
    for (const facts of session.jobs().filter(({job}) => !known.has(job))) {
      known.add(facts.job);
      void barriers.attend(facts);
    }
  };
  void barriers.attendHere(`${session.directory}/here`);
  const unwatch = watchFile(`${session.directory}/jobs`, look);
  const timer = setInterval(look, lookMs);
  timer.unref();
  return {
    stop: () => {
      unwatch();
      clearInterval(timer);
      barriers.stop();
    },
  };
}

class Barriers {
  readonly #cache: Cache;
  readonly #gatherings = new Map<string, Gathering>();
  readonly #ended: Party[] = [];
  readonly #dialogues = new Set<Dialogue>();
  #isOver = false;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Looks after a job until it ends. */
  async attend({job, stream, set}: JobFacts): Promise<void> {
    const party: Party = {name: `:${stream}`, set};
    for (let attempts = 0; attempts < attemptsAtMost; attempts++) {
      if ((await this.#attendOnce(party, job)) === 'ended') break;
    }
    this.#ended.push(party);
    for (const each of this.#gatherings.values()) each.look(this.#ended);
  }

  /** Looks after the command that has the streams. */
  async attendHere(directory: string): Promise<void> {
    const {env, cwd} = this.#cache.caller;
    const words = ['-c', relay('running() { :; }'), 'sh', directory];
    const party: Party = {name: 'the command', set: null};
    await this.#converse(party, {program: 'sh', words, env, cwd});
  }

  stop(): void {
    this.#isOver = true;
    for (const {close} of this.#dialogues) close();
  }

  async #attendOnce(party: Party, name: string): Promise<'ended' | 'broken'> {
    try {
      const job = resolveJob(this.#cache, name);
      const directory = placeOf(job);
      const words = [relay(whileJobRuns), `${directory}/barriers`, directory] as const;
      return await this.#converse(party, startThere(this.#cache, job, words));
    } catch (error) {
      // Its instance was released.
      if (error instanceof CrcacheError) return 'ended';
      throw error;
    }
  }

  /** Speaks with a relay until its job ends. Who waits there when it breaks is lost. */
  async #converse(party: Party, start: Start): Promise<'ended' | 'broken'> {
    const waiting = new Map<string, Waiting>();
    let hasEnded = false as boolean;
    const hear = (line: string): void => {
      const [what, id = '', name = '', count, timeout] = line.split(' ');
      if (what === 'ended') {
        hasEnded = true;
        dialogue.close();
      } else if (what === 'gone') {
        this.#lose(waiting.get(id), `one who waited in ${party.name} has died`);
      } else if (what === 'want') {
        const answer = (text: string): void => {
          waiting.delete(id);
          dialogue.tell(`${id} ${text}`);
        };
        const each = {party, answer};
        waiting.set(id, each);
        this.#join(each, {name, count: Number(count), timeout});
      }
    };
    const {program, words, env, cwd} = start;
    const dialogue = await startDialogue([program, ...words], {env, cwd, hear});
    this.#dialogues.add(dialogue);
    if (this.#isOver) dialogue.close();
    await dialogue.end;
    this.#dialogues.delete(dialogue);
    const why = `${party.name} ${hasEnded ? 'has ended' : 'is lost'}`;
    for (const each of waiting.values()) this.#lose(each, why);
    return hasEnded || this.#isOver ? 'ended' : 'broken';
  }

  #join(each: Waiting, {name, count, timeout}: Wish): void {
    const patienceMs = timeout === '-' ? usualPatienceMs : parseDuration(timeout ?? '');
    if (patienceMs === undefined) {
      each.answer(`broken '${String(timeout)}' is no time`);
      return;
    }
    const gathering = this.#gatherings.get(name) ?? new Gathering(name, count);
    this.#gatherings.set(name, gathering);
    const timer = setTimeout(
      () => {
        if (gathering.has(each)) gathering.endTime();
      },
      Math.min(patienceMs, longestTimerMs),
    );
    timer.unref();
    gathering.join(each, count, this.#ended);
    if (gathering.isDone) this.#gatherings.delete(name);
  }

  #lose(each: Waiting | undefined, why: string): void {
    if (each === undefined) return;
    for (const gathering of this.#gatherings.values()) {
      if (gathering.has(each)) gathering.break(why);
    }
  }
}

interface Wish {
  readonly name: string;
  readonly count: number;
  readonly timeout: string | undefined;
}
