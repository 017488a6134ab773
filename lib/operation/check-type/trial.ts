// What a claim about a type is tried with: one source, 'checked', and crcache itself.

import {askProgram, type Answer} from '../../exec.js';
import type {Capabilities} from '../../source/source.js';
import {isAtBottom, type Cache} from '../cache.js';
import {surroundingsOf} from '../instance.js';

export const source = 'checked';
export const instance = `${source}-0`;

export class Trial {
  readonly cache: Cache;

  /** Its only source is 'checked'. */
  constructor(cache: Cache) {
    this.cache = cache;
  }

  /** Calls crcache. */
  call(...words: readonly string[]): Promise<Answer> {
    const {program, env, cwd} = this.cache.caller;
    const [node, ...script] = program;
    return askProgram(node, [...script, ...words], {env, cwd});
  }

  /** Calls crcache and kills it after a time. */
  callAndKill(seconds: string, ...words: readonly string[]): Promise<Answer> {
    const {program, env, cwd} = this.cache.caller;
    return askProgram('timeout', ['-s', 'KILL', seconds, ...program, ...words], {env, cwd});
  }

  /** Runs a command in the instance. */
  run(...words: readonly string[]): Promise<Answer> {
    const {env, cwd} = this.cache.caller;
    return askProgram(this.#runScript, words, {env, cwd});
  }

  /** Runs a command in the instance, and kills the client after a second. */
  runAndKill(...words: readonly string[]): Promise<Answer> {
    const {env, cwd} = this.cache.caller;
    return askProgram('timeout', ['-s', 'KILL', '1', this.#runScript, ...words], {env, cwd});
  }

  get #runScript(): string {
    return `${this.cache.source(source).state.instancePath(instance)}/run`;
  }

  get isInUse(): boolean {
    return this.cache.source(source).state.find(instance)?.state === 'in-use';
  }

  get can(): Capabilities {
    const {type, settings} = this.cache.source(source);
    return type.capabilities(settings);
  }

  /** Whether its instances are made, and not found. */
  get makes(): boolean {
    const {type, settings} = this.cache.source(source);
    return type.places?.(settings, settings.maximum) === undefined;
  }

  /** Whether its instances stand on no other's. */
  get isAtBottom(): boolean {
    return isAtBottom(this.cache.source(source));
  }

  /** The names of all that exists. */
  async list(): Promise<string[]> {
    const {cache} = this;
    const {type, settings, state} = cache.source(source);
    const surroundings = surroundingsOf(cache, `${state.directory}/trash/tools`);
    const found = await type.list({source, storeId: cache.store.id, settings, surroundings});
    return found.map(({name}) => name);
  }
}
