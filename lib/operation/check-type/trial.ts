// What a claim about a type is tried with: one source, 'checked', an instance of it, and crcache itself.

import {askProgram, type Answer} from '../../exec.js';
import {makeDirectory} from '../../files.js';
import {quote} from '../../quote.js';
import type {Capabilities, Listed, Surroundings} from '../../source/source.js';
import {removeTree} from '../../trees.js';
import {isAtBottom, type Cache, type Source} from '../cache.js';
import {levelsOf, readInstance, surroundingsOf, type Instance} from '../instance.js';
import {mostWith} from '../limits.js';

export const source = 'checked';

export interface Stage {
  /** Its source is 'checked'. */
  readonly cache: Cache;
  /** The directory that all is in; what is next to it, by its name, is in the instance. */
  readonly ground: string;
  /** The lines of the source's source.conf. */
  readonly lines: readonly string[];
  /** How long a claim, and a tool of the type's, may take. */
  readonly limitMs: number;
  /** What claims that failed have left, by incarnation: no other one is to blame for it. */
  readonly leftOver: Set<string>;
}

/** What list-instances says of an instance. */
export interface InstanceRecord {
  readonly name: string;
  readonly incarnation: string;
  readonly state: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export class Trial {
  readonly cache: Cache;
  /** A directory of this machine that the claim has for itself. */
  readonly directory: string;
  readonly stage: Stage;
  readonly #signal: AbortSignal;
  /** The instance that is in use. */
  instance = '';

  constructor(stage: Stage, signal: AbortSignal) {
    this.cache = stage.cache;
    this.directory = `${stage.ground}/work`;
    this.stage = stage;
    this.#signal = signal;
    makeDirectory(this.directory);
  }

  /** A path in the instance that nothing is at; what is made there goes with the claim. */
  get inside(): string {
    return this.sharesFiles ? `${this.directory}/inside` : insideOf(this.stage.ground);
  }

  /** Whether the files of this machine are in its instances. */
  get sharesFiles(): boolean {
    const levels = this.#levels(this.#source);
    return levels.every(({type, settings}) => type.capabilities(settings).sharesFiles);
  }

  /** Removes what was made for the claim. */
  async leave(): Promise<void> {
    if (this.isInUse && !this.sharesFiles) await this.run('rm', '-rf', this.inside);
    removeTree(this.directory);
  }

  /** Calls crcache. */
  call(...words: readonly string[]): Promise<Answer> {
    return this.callWith({}, ...words);
  }

  /** Calls crcache with more in its environment. */
  callWith(more: Environment, ...words: readonly string[]): Promise<Answer> {
    const {program, env, cwd} = this.cache.caller;
    const [node, ...script] = program;
    return this.#ask([node, ...script, ...words], {env: {...env, ...more}, cwd});
  }

  /** Where another state directory is whose instances have the same names. */
  get neighbour(): Environment {
    return {CRCACHE_DIR: `${this.stage.ground}/neighbour`};
  }

  /** Runs a command in the instance. */
  run(...words: readonly string[]): Promise<Answer> {
    return this.runWith(undefined, ...words);
  }

  /** Runs a command in the instance that reads this. */
  runWith(input: string | undefined, ...words: readonly string[]): Promise<Answer> {
    const {env, cwd} = this.cache.caller;
    return this.#ask([this.#runScript, ...words], {env, cwd, input});
  }

  /**
   * Runs sh code in the claim's directory; there `crcache` is this program, which `become_crcache` becomes, $name the
   * instance, $run what runs a command in it, and $inside the path there.
   */
  async shell(code: string, ...words: readonly string[]): Promise<Answer> {
    const {program, env} = this.cache.caller;
    const {instance, directory: cwd} = this;
    const known =
      instance === ''
        ? []
        : [
            ['name', instance],
            ['run', this.#runScript],
            ['inside', this.inside],
          ];
    const lines = known.map(([key = '', value = '']) => `${key}=${quote(value)}\n`);
    const own = program.map(quote).join(' ');
    const head = `crcache() { ${own} "$@"; }; become_crcache() { exec ${own} "$@"; }\n`;
    return this.#ask(['sh', '-c', `${head}${lines.join('')}${code}`, 'sh', ...words], {env, cwd});
  }

  #ask(
    [program, ...words]: readonly [string, ...string[]],
    options: {env: Environment; cwd: string; input?: string | undefined},
  ): Promise<Answer> {
    return askProgram(program, words, {...options, signal: this.#signal});
  }

  get #source(): Source {
    return this.cache.source(source);
  }

  get #runScript(): string {
    return `${this.#source.state.instancePath(this.instance)}/run`;
  }

  get isInUse(): boolean {
    return this.instance !== '' && this.#source.state.find(this.instance)?.state === 'in-use';
  }

  /** Acquires an instance for the claim. */
  async acquire(): Promise<Answer> {
    const answer = await this.call('acquire', '-s', source);
    this.instance = answer.stdout.trim();
    return answer;
  }

  /** Gives all instances back, and has them discarded. */
  releaseAll(): Promise<Answer> {
    return this.call('release', '--all', '--force');
  }

  get can(): Capabilities {
    const {type, settings} = this.#source;
    return type.capabilities(settings);
  }

  /** Whether its instances are made, and not found. */
  get makes(): boolean {
    const {type, settings} = this.#source;
    return type.places?.(settings, settings.maximum) === undefined;
  }

  /** Whether its instances stand on no other's. */
  get isAtBottom(): boolean {
    return isAtBottom(this.#source);
  }

  /** How many instances there can be at once. */
  get most(): number {
    return mostWith(this.cache, this.#source, []);
  }

  /** An instance as its type sees it, and those that it stands on, from the top down. */
  levels(name: string): Instance[] {
    return levelsOf(this.cache, readInstance(this.cache, this.#source, name));
  }

  /** All that exists, here and in the sources below, but for what was left over before. */
  async list(): Promise<Listed[]> {
    const found = await Promise.all(this.#levels(this.#source).map((each) => this.#listOf(each)));
    return found.flat().filter(({incarnation}) => !this.stage.leftOver.has(incarnation));
  }

  /** All records but for those of what was left over before. */
  async records(): Promise<readonly InstanceRecord[]> {
    const format = '%(incarnation) %(state) %(name)';
    const {stdout} = await this.call('list-instances', '--format', format);
    const lines = stdout.split('\n').filter((line) => line !== '');
    const records = lines.map((line) => {
      const [incarnation = '', state = '', name = ''] = line.split(' ');
      return {incarnation, state, name};
    });
    return records.filter(({incarnation}) => !this.stage.leftOver.has(incarnation));
  }

  /** Takes what is there still for something that other claims are not to blame for. */
  async noteLeftOver(): Promise<void> {
    const records = (await this.records()).filter(({state}) => state !== 'cached');
    for (const {incarnation} of records) this.stage.leftOver.add(incarnation);
    for (const {incarnation} of await this.list()) this.stage.leftOver.add(incarnation);
  }

  #levels(top: Source): Source[] {
    return [top, ...this.cache.sourcesBelow(top).flatMap((each) => this.#levels(each))];
  }

  async #listOf({name, type, settings, state}: Source): Promise<readonly Listed[]> {
    const {cache} = this;
    const surroundings = this.bounded(surroundingsOf(cache, `${state.directory}/trash/tools`));
    return type.list({source: name, storeId: cache.store.id, settings, surroundings});
  }

  /** The same, in which no tool takes for ever. */
  bounded(surroundings: Surroundings): Surroundings {
    const {limitMs: timeoutMs} = this.stage;
    const {askTool} = surroundings;
    return {
      ...surroundings,
      askTool: (program, words, options) => askTool(program, words, {timeoutMs, ...options}),
    };
  }
}

/** Where a claim makes what it makes in an instance that does not have the files of this machine. */
export function insideOf(ground: string): string {
  return `/tmp/${ground.slice(ground.lastIndexOf('/') + 1)}.inside`;
}
