// A process that does one random thing after the other in a state directory, and may end itself at any step.
//
//   node actor.js SEED OPERATIONS MANNER ROOT

import {appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {hasCode} from '../../../lib/errors.js';
import {noStep, type Step} from '../../../lib/steps.js';
import {namesIn} from '../invariants.js';
import {randomFrom, type Random} from '../random.js';
import {linesOf, World, type Ground} from '../world.js';
import {choose, chooseEnd, sources, type Manner, type Operation} from './operations.js';

/** One operation in this many is cut off at a step, if it comes by that. */
const oneInCutOff = 30;

const [seed = '0', operations = '0', manner = 'honest', root = ''] = process.argv.slice(2);

class Actor {
  readonly #random: Random = randomFrom(Number(seed));
  readonly #world: World;
  readonly #held = new Set<string>();

  constructor() {
    const ground: Ground = {
      dir: root,
      env: process.env,
      crcache: () => Promise.reject(new Error('an actor starts no process')),
    };
    this.#world = new World(ground, {}, root);
  }

  async act(): Promise<void> {
    const existing = Object.keys(sources).flatMap((source) =>
      namesIn(`${this.#world.state}/sources/${source}/instances`),
    );
    const operation = choose({
      random: this.#random,
      manner: manner as Manner,
      pid: process.pid,
      held: [...this.#held],
      existing,
    });
    const end = this.#random.below(oneInCutOff) === 0 ? chooseEnd(this.#random) : '';
    if (operation.kind === 'configure') this.#world.configure(operation.source, operation.settings);
    else await this.#run(operation, end);
  }

  async #run({words}: Extract<Operation, {kind: 'run'}>, end: string): Promise<void> {
    const isRelease = words[0] === 'release';
    const name = words.at(-1) ?? '';
    // Before the instance is anybody else's, it is no longer ours.
    if (isRelease && this.#held.delete(name)) this.#unmark(name);
    const {status, stdout, stderr} = await this.#world.here(words, {step: stepTo(end)});
    if (words[0] === 'acquire' && status === 0) for (const got of linesOf(stdout)) this.#mark(got);
    const isOdd = status === 70 || status === 14 || stderr.includes("cannot use '");
    this.#note({words: words.join(' '), status, ...(isOdd ? {odd: stderr} : {})});
  }

  /** Marks an instance as this actor's; nobody else may have marked it. */
  #mark(name: string): void {
    this.#held.add(name);
    if (manner !== 'honest') return;
    try {
      writeFileSync(`${root}/held/${name}`, String(process.pid), {flag: 'wx'});
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      this.#note({words: name, status: -1, odd: `'${name}' is given out twice`});
    }
  }

  #unmark(name: string): void {
    if (existsSync(`${root}/held/${name}`)) rmSync(`${root}/held/${name}`);
  }

  #note(entry: {words: string; status: number; odd?: string}): void {
    appendFileSync(`${root}/operations`, `${JSON.stringify(entry)}\n`);
  }
}

/** The step that ends or stops this process, as CRCACHE_STOP_AT does. */
function stepTo(end: string): Step {
  const [, signal, name, ordinal] = /^(kill|stop):(.+):([0-9]+)$/.exec(end) ?? [];
  if (signal === undefined) return noStep;
  let count = 0;
  return (step) => {
    if (step !== name || ++count !== Number(ordinal)) return;
    process.kill(process.pid, signal === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  };
}

mkdirSync(`${root}/held`, {recursive: true});
const actor = new Actor();
for (let done = 0; done < Number(operations); done++) await actor.act();
