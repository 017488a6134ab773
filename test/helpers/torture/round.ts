// A round of torture: some actors and some real processes at once in one state directory, killed, stopped and
// continued at random; then all are let go or ended, gc runs twice, and what must hold is looked at.

import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {stateOf} from '../held.js';
import {namesIn} from '../invariants.js';
import {findLeftOver, findMarked} from '../left-over.js';
import {randomFrom, type Random} from '../random.js';
import {repository, type Sandbox} from '../sandbox.js';
import {linesOf, World} from '../world.js';
import {chooseEnd, sources, type Manner} from './operations.js';

export interface RoundOptions {
  readonly seed: number;
  /** How many processes act at the same time. */
  readonly jobs: number;
  /** How many operations each actor does, if it lives so long. */
  readonly operations: number;
  readonly root: string;
}

export interface Outcome {
  readonly operations: number;
  readonly processes: number;
  readonly signals: number;
  /** All that is wrong, a sentence each. */
  readonly wrongs: readonly string[];
}

const actorFile = path.join(repository, '.build/test/helpers/torture/actor.js');

export async function playRound(t: Sandbox, options: RoundOptions): Promise<Outcome> {
  const round = new Round(t, options);
  try {
    await round.play();
    return await round.judge();
  } finally {
    await round.end();
  }
}

class Round {
  readonly #t: Sandbox;
  readonly #options: RoundOptions;
  readonly #random: Random;
  readonly #manner: Manner;
  readonly #world: World;
  readonly #running = new Set<number>();
  #processes = 0;
  #signals = 0;

  constructor(t: Sandbox, options: RoundOptions) {
    this.#t = t;
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#manner = this.#random.pick(['honest', 'wild']);
    mkdirSync(options.root, {recursive: true});
    this.#world = new World(t, sources, options.root);
  }

  async play(): Promise<void> {
    const lanes = Array.from({length: this.#options.jobs}, (_, lane) => this.#playLane(lane));
    const isOver = Promise.all(lanes);
    const disturbing = setInterval(() => {
      this.#disturb();
    }, 20);
    await isOver.finally(() => {
      clearInterval(disturbing);
    });
  }

  /** One process after the other; the first lane starts real ones, the others actors. */
  async #playLane(lane: number): Promise<void> {
    const random = randomFrom(this.#random.below(2 ** 31));
    if (lane === 0) {
      for (let done = 0; done < this.#options.operations / 25; done++) await this.#runReal(random);
      return;
    }
    for (let rest = this.#options.operations; rest > 0;) {
      const before = countLines(`${this.#options.root}/operations`);
      await this.#start(process.execPath, [
        ...['--enable-source-maps', actorFile, String(random.below(2 ** 31)), String(rest)],
        ...[this.#manner, this.#options.root],
      ]);
      const done = countLines(`${this.#options.root}/operations`) - before;
      rest -= Math.max(5, Math.ceil(done / this.#options.jobs));
      if (this.#random.below(3) === 0) rest = Math.floor(rest / 2);
    }
  }

  async #runReal(random: Random): Promise<void> {
    const words = random.pick([
      ['acquire', '-s', random.pick(['a', 'p', 'r'])],
      ['acquire', '-s', random.pick(['b', 'q']), '2', '--wait=200ms'],
      ['release', '--all'],
      ['gc'],
    ]);
    if (this.#manner === 'honest' && words[0] === 'release') return;
    const end = random.below(3) === 0 ? chooseEnd(random) : '';
    await this.#start(path.join(repository, 'cmd/crcache'), words, end);
  }

  async #start(program: string, words: readonly string[], end = ''): Promise<void> {
    let pid = 0;
    this.#processes++;
    const env = {...this.#world.env, ...(end === '' ? {} : {CRCACHE_STOP_AT: end})};
    const {stderr} = await this.#t.run(program, words, {
      env,
      onStart: (child) => {
        pid = child.pid ?? 0;
        this.#running.add(pid);
      },
    });
    this.#running.delete(pid);
    if (program === process.execPath && stderr !== '') this.#failures.push(stderr);
  }

  readonly #failures: string[] = [];

  /** Continues what stands still, by chance, and kills or stops what runs. */
  #disturb(): void {
    for (const {pid} of this.#stopped()) {
      const dice = this.#random.below(60);
      if (dice < 6) this.#signal(pid, 'SIGCONT');
      else if (dice < 7) this.#signal(pid, 'SIGKILL');
    }
    if (this.#random.below(25) > 0) return;
    const pids = [...this.#running];
    const pid = pids[this.#random.below(pids.length)];
    if (pid !== undefined) this.#signal(pid, this.#random.pick(['SIGKILL', 'SIGSTOP']));
  }

  #stopped(): {pid: number}[] {
    return findMarked(this.#mark).filter(({pid}) => stateOf(pid) === 'T');
  }

  get #mark(): string {
    return `CRCACHE_DIR=${this.#world.state}`;
  }

  #signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
      this.#signals++;
    } catch {
      // it has just ended
    }
  }

  /** What is wrong when everybody has gone and gc has run twice; with a backend that fails, until it did not. */
  async judge(): Promise<Outcome> {
    await this.#letAllEnd();
    for (const [name, settings] of Object.entries(sources)) this.#world.configure(name, settings);
    const said: string[] = [];
    const collect = async (): Promise<void> => {
      const {status, stderr} = await this.#world.here(['gc']);
      // With a backend that fails, gc says that something failed.
      said.push(
        ...(status === 0 || status === 1 ? [] : [`gc: status ${String(status)}: ${stderr}`]),
      );
    };
    await collect();
    await collect();
    for (let more = 0; more < 20 && this.#isOnlyStubborn(); more++) await collect();
    const entries = linesOf(readFileSync(`${this.#options.root}/operations`, 'utf8')).map(
      (line) => JSON.parse(line) as {words: string; status: number; odd?: string},
    );
    const odd = entries.flatMap(({words, odd}) => (odd === undefined ? [] : [`${words}: ${odd}`]));
    const wrongs = [
      ...this.#failures,
      ...odd,
      ...said,
      ...this.#world.wrongs().filter((each) => !this.#isLostOnPurpose(each)),
      ...(await this.#fsck()),
      ...(await this.#emptyAll()),
    ];
    return {
      operations: entries.length,
      processes: this.#processes,
      signals: this.#signals,
      wrongs: wrongs.map((each) => `${this.#manner}: ${each}`),
    };
  }

  /** Whether that is wrong which its source asked for: that the backend loses what it made. */
  #isLostOnPurpose(wrong: string): boolean {
    const [, name, source] = /^((.+)-[0-9]+)\.[a-z0-9]+ is lost$/.exec(wrong) ?? [];
    if (name === undefined || source === undefined) return false;
    const madeFrom = `${this.#world.state}/sources/${source}/instances/${name}/config/source.conf`;
    return /^lose=.*[1-9]/m.test(readFileSync(madeFrom, 'utf8'));
  }

  /** Whether all that is wrong is what a backend kept that fails by chance. */
  #isOnlyStubborn(): boolean {
    const wrongs = this.#world.wrongs();
    return wrongs.length > 0 && wrongs.every((each) => each.endsWith('has leaked'));
  }

  async #fsck(): Promise<string[]> {
    const {status, stdout, stderr} = await this.#world.here(['fsck']);
    return status === 0 && stdout === '' ? [] : [`fsck: ${stdout}${stderr}`];
  }

  /** All can be taken away, from the top down, and nothing is left. */
  async #emptyAll(): Promise<string[]> {
    for (const source of ['r', 'p', 'q', 'a', 'b']) {
      await this.#world.here(['drain-source', source]);
      await this.#world.here(['discard-instance', '-s', source, '--all', '--force']);
    }
    for (let round = 0; round < 20 && this.#left().length > 0; round++)
      await this.#world.here(['gc']);
    return this.#left();
  }

  #left(): string[] {
    const instances = Object.keys(sources).flatMap((source) => {
      const directory = `${this.#world.state}/sources/${source}/instances`;
      return namesIn(directory);
    });
    return [...instances.map((name) => `${name} does not go`), ...this.#world.wrongs()];
  }

  /** Lets all go on and come to their end. */
  async #letAllEnd(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      for (const {pid} of this.#stopped()) this.#signal(pid, 'SIGCONT');
      if ((await findLeftOver(this.#mark)).length === 0) return;
    }
    await this.end();
  }

  async end(): Promise<void> {
    for (const {pid} of findMarked(this.#mark)) this.#signal(pid, 'SIGKILL');
    await findLeftOver(this.#mark);
  }
}

function countLines(file: string): number {
  return existsSync(file) ? linesOf(readFileSync(file, 'utf8')).length : 0;
}
