// Instances of a real kind, one of which is in use by somebody whom no death of others may touch.

import * as assert from 'uvu/assert';
import {mkdirSync, readFileSync} from 'node:fs';
import type {Step} from '../../lib/steps.js';
import {prepareKind, type Kind} from '../lib/source/contract/kinds.js';
import {namesIn, readFound} from './invariants.js';
import {findAdded} from './left-over.js';
import {writeOld, type Ground, type RealScenario} from './real-scenarios.js';
import type {Sandbox} from './sandbox.js';
import {listThings} from './things.js';
import {World} from './world.js';

export interface PlaceOptions {
  /** Lines of source.conf beside those of the kind. */
  readonly more?: readonly string[];
  /** Whether reset takes away what was written in an instance. */
  readonly isReset: boolean;
  /** Where an instance may have a directory of this machine; unless given, in the test's own. */
  readonly remote?: string;
  /** What there is of instances, a line each that has the incarnation in it; what is seen from outside unless given. */
  readonly list?: List;
}

type List = (t: Sandbox) => readonly string[] | Promise<readonly string[]>;

type Environment = Readonly<Record<string, string>>;

export class RealPlace {
  readonly #t: Sandbox;
  readonly #ground: Ground;
  readonly #list: List;
  /** What there is of ours while `NAME-0` is in use, and nothing else is; and who has that. */
  #before: readonly string[] = [];
  #heldBefore = '';

  private constructor(t: Sandbox, ground: Ground, list: List) {
    this.#t = t;
    this.#ground = ground;
    this.#list = list;
  }

  static async make(t: Sandbox, kind: Kind, options: PlaceOptions): Promise<RealPlace> {
    await prepareKind(t, kind);
    const {source} = kind;
    const file = `config/sources/${source}/source.conf`;
    // A second instance is all that is needed.
    const lines = readFileSync(`${t.dir}/${file}`, 'utf8')
      .replace(/slots=[0-9]+/, 'slots=2')
      .trim();
    t.write(file, [lines, ...(options.more ?? []), ''].join('\n'));
    if (options.isReset) {
      const hook = '#!/bin/sh\nexec crcache run "$1" touch /provisioned\n';
      t.write(`config/sources/${source}/provision.d/10-file`, hook, 0o755);
    }
    const {remote = `${t.dir}/seen`, isReset, list = kind.outside?.list} = options;
    if (list === undefined) throw new Error(`nobody knows what there is of '${kind.name}'`);
    const world = new World(t, {});
    const dirt = isReset ? '/dirt' : undefined;
    const place = new RealPlace(t, {world, source, local: `${t.dir}/import`, remote, dirt}, list);
    t.atEnd(() => place.#end());
    mkdirSync(`${t.dir}/import`);
    writeOld(place.#ground);
    await world.must('acquire', '-s', source);
    await place.#clear();
    place.#before = place.#ours();
    place.#heldBefore = place.#held();
    return place;
  }

  /** Plays a scenario undisturbed, by this process. */
  async play(scenario: RealScenario, {env, step}: {env: Environment; step: Step}): Promise<void> {
    const {dir} = this.#t;
    await scenario.prepare?.(this.#ground);
    const world = new World(
      {dir, env: {...this.#t.env, ...env}, crcache: (...all) => this.#t.crcache(...all)},
      {},
    );
    const {status, stderr} = await world.here(scenario.words(this.#ground), {step});
    assert.is(status, 0, stderr);
    assert.equal(await this.survive(scenario), []);
  }

  /** Whether a process that plays it with an environment was killed. */
  async die(scenario: RealScenario, env: Environment): Promise<boolean> {
    await scenario.prepare?.(this.#ground);
    const {signal} = await this.#ground.world.run(scenario.words(this.#ground), env);
    return signal === 'SIGKILL';
  }

  /** What is wrong when one gc has run; afterwards all is as it was at the beginning. */
  async survive({leaves}: RealScenario): Promise<string[]> {
    const {world, local} = this.#ground;
    const {status, stderr} = await world.here(['gc']);
    if (status !== 0) return [`gc: status ${String(status)}: ${stderr}`];
    const fsck = await world.here(['fsck']);
    if (fsck.status !== 0 || fsck.stdout !== '') return [`fsck: ${fsck.stdout}${fsck.stderr}`];
    const wrongs = [...world.wrongs(), ...(await this.#wrongThings())];
    if (this.#held() !== this.#heldBefore) wrongs.push(`of another: ${this.#held()}`);
    const left = readFileSync(`${local}/file`, 'utf8').trim();
    if (left !== leaves) wrongs.push(`the import is '${left}'`);
    writeOld(this.#ground);
    if (wrongs.length > 0) return wrongs;
    return [...(await this.#wrongUse()), ...(await this.#clear()), ...(await this.#changes())];
  }

  /** Each record has one thing of the backend, and each thing its record. */
  async #wrongThings(): Promise<string[]> {
    const things = await this.#list(this.#t);
    const found = readFound(this.#ground.world.state).filter(({state}) => state !== 'broken');
    const count = (incarnation: string): number =>
      things.filter((each) => each.includes(incarnation)).length;
    const isKnown = (thing: string): boolean =>
      found.some(({incarnation}) => thing.includes(incarnation));
    return [
      ...found
        .filter(({incarnation}) => count(incarnation) !== 1)
        .map(({name, incarnation}) => `${name} is there ${String(count(incarnation))} times`),
      ...things.filter((thing) => !isKnown(thing)).map((thing) => `${thing} has leaked`),
    ];
  }

  /** Those that somebody has still run commands; so does the next one, which is as it was made. */
  async #wrongUse(): Promise<string[]> {
    const {world, source, dirt} = this.#ground;
    const inUse = readFound(world.state).filter(({state}) => state === 'in-use');
    const wrongs = await this.#wrongRuns(
      inUse.map(({name}) => name),
      'true',
    );
    for (const {name} of inUse) if (name !== `${source}-0`) await world.must('release', name);
    const [next = ''] = await world.must('acquire', '-s', source);
    if (next !== `${source}-1`) return [`'${next}' was given out`];
    const code = dirt === undefined ? 'true' : `[ -e /provisioned ] && [ ! -e ${dirt} ]`;
    return [...wrongs, ...(await this.#wrongRuns([next], code))];
  }

  async #wrongRuns(names: readonly string[], code: string): Promise<string[]> {
    const runs = names.map(async (name) => {
      const {status, stderr} = await this.#ground.world.run(['run', name, 'sh', '-c', code]);
      return status === 0 ? [] : [`'run ${name}': status ${String(status)}: ${stderr}`];
    });
    return (await Promise.all(runs)).flat();
  }

  /** Discards all but the one that somebody has. */
  async #clear(): Promise<string[]> {
    const {world, source} = this.#ground;
    const names = namesIn(`${world.state}/sources/${source}/instances`);
    for (const name of names.filter((each) => each !== `${source}-0`))
      await world.must('discard-instance', '--force', name);
    const left = (await this.#list(this.#t)).length - 1;
    return left === 0 ? [] : [`${String(left)} things too many are left`];
  }

  /** What has come or gone since the beginning. */
  async #changes(): Promise<string[]> {
    const added = await findAdded(() => this.#ours(), this.#before);
    const now = this.#ours();
    const lost = this.#before.filter((each) => !now.includes(each));
    return [...added.map((each) => `new: ${each}`), ...lost.map((each) => `lost: ${each}`)];
  }

  /** Mounts, files and processes of this test's. */
  #ours(): string[] {
    const {state} = this.#ground.world;
    const [, store = state] = /^id=(.+)$/m.exec(readFileSync(`${state}/id`, 'utf8')) ?? [];
    const isOurs = (text: string): boolean => text.includes(this.#t.dir) || text.includes(store);
    return [...listThings().filter(isOurs), ...commandsWith(`CRCACHE_DIR=${state}`, store)].sort();
  }

  #held(): string {
    const {world, source} = this.#ground;
    const found = readFound(world.state).find(({name}) => name === `${source}-0`);
    return `${found?.state ?? 'gone'} ${found?.incarnation ?? ''} ${found?.lease?.['id'] ?? ''}`;
  }

  async #end(): Promise<void> {
    const {world, source} = this.#ground;
    for (const name of namesIn(`${world.state}/sources/${source}/instances`))
      await world.must('discard-instance', '--force', name);
    assert.equal(await this.#list(this.#t), []);
  }
}

/** The command lines of other processes that have one of these in their environment, or there: monitors have it there alone. */
function commandsWith(...marks: readonly string[]): string[] {
  return namesIn('/proc').flatMap((pid) => {
    if (!/^[0-9]+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const all = readFileSync(`/proc/${pid}/environ`, 'latin1') + words;
      if (!marks.some((mark) => all.includes(mark))) return [];
      return `process '${words.split('\0').join(' ').trim()}'`;
    } catch {
      return []; // it is gone
    }
  });
}
