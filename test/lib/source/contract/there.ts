// Where the tests of one kind run: an instance that all of a file share, and the ways into it.

import {cpSync} from 'node:fs';
import {discardAtEnd} from '../../../helpers/configured.js';
import {repository, Sandbox} from '../../../helpers/sandbox.js';
import type {Test} from '../../../helpers/suite.js';
import {acquireKind, type Kind} from './kinds.js';

/** How a command gets into an instance. */
export interface Way {
  readonly name: string;
  /** A simple command of sh that ends where the words of `run` begin; $name is the instance. */
  readonly code: string;
  /** Whether node stays as the command's parent. */
  readonly isParent: boolean;
  /** Whether node says what is to be run, and is gone before it runs. */
  readonly startsNode?: boolean;
}

const mainWays: readonly Way[] = [
  {name: 'directly', code: 'crcache run "$name" --', isParent: false},
  {name: 'with a time limit', code: 'crcache run --timeout 1h "$name" --', isParent: true},
];

/** By these, what a command prints goes through this program on its way. */
const readWays: readonly Way[] = [
  {name: 'with a log', code: 'crcache run --log "$name" --', isParent: true},
  {name: 'without a terminal', code: 'crcache run -T "$name" --', isParent: true},
];

/** These lead to the same: neither they nor the kinds know of the other. */
const otherWays: readonly Way[] = [
  {
    name: 'with options',
    code: 'crcache run -e A=b -C / "$name" --',
    isParent: false,
    startsNode: true,
  },
  {
    name: 'as node says',
    code: 'env CRCACHE_TRACE=trace crcache run "$name" --',
    isParent: false,
    startsNode: true,
  },
  {name: 'by the long way', code: 'crcache -q run "$name" --', isParent: true},
  {
    name: 'by the program alone',
    code: `"$node" ${repository}/dist/main.cjs run "$name" --`,
    isParent: true,
  },
  {
    name: 'by the script itself',
    code: '"$CRCACHE_DIR/sources/${name%-*}/in-use/$name/run"',
    isParent: false,
  },
];

export class There {
  readonly kind: Kind;
  readonly test: Test;
  readonly #ground = new Ground();

  /** The instance is acquired by the first test that wants it, and released after the last one. */
  constructor(kind: Kind, test: Test) {
    this.kind = kind;
    this.test = test;
    test.after(() => this.#ground.leave());
  }

  get ways(): readonly Way[] {
    if (this.kind.differsBy === 'standing') return mainWays.slice(0, 1);
    return this.kind.isTriedByAllWays === true ? [...mainWays, ...otherWays] : mainWays;
  }

  /** Those as well in which the command's output has no terminal. */
  get allWays(): readonly Way[] {
    return this.kind.isTriedByAllWays === true ? [...this.ways, ...readWays] : this.ways;
  }

  /** Gives a test the instance's surroundings; the value is the instance's name. */
  async enter(t: Sandbox): Promise<string> {
    const name = await this.#ground.enter(this.kind);
    Object.assign(t.env, this.#ground.env);
    return name;
  }

  /** One more instance, which a test has for itself; the value is its name. */
  async acquireAnother(t: Sandbox): Promise<string> {
    const [name = ''] = await this.acquireMore(t, 1);
    return name;
  }

  async acquireMore(t: Sandbox, count: number): Promise<string[]> {
    await this.enter(t);
    const {stdout, stderr} = await t.crcache(['acquire', '-s', this.kind.source, String(count)]);
    if (stdout === '') throw new Error(stderr);
    const names = stdout.trim().split('\n');
    t.atEnd(() => t.crcache(['release', ...names])); // unless the test has done so
    return names;
  }

  /**
   * An instance that a provision.d of this line of sh, which is run in it, has changed, for a state directory of the
   * test's own; it is discarded with that.
   */
  async acquireHooked(t: Sandbox, line: string, options: readonly string[] = []): Promise<string> {
    await this.enter(t);
    const {source} = this.kind;
    cpSync(String(t.env['CRCACHE_CONFIG']), `${t.dir}/hooked/config`, {recursive: true});
    t.env['CRCACHE_CONFIG'] = `${t.dir}/hooked/config`;
    t.env['CRCACHE_DIR'] = `${t.dir}/hooked/state`;
    const hook = `#!/bin/sh\ncrcache run "$1" -S '${line}'\n`;
    t.write(`hooked/config/sources/${source}/provision.d/10-line`, hook, 0o755);
    discardAtEnd(t);
    const {status, stdout, stderr} = await t.crcache(['acquire', '-s', source, ...options]);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** The sandbox that all tests of a kind share. */
  get ground(): Sandbox {
    return this.#ground.sandbox;
  }

  /** The names of all that exists, whosever. */
  async list(): Promise<string[]> {
    const things = (await this.kind.outside?.list(this.ground)) ?? [];
    return things.sort();
  }

  /** Ends one of those, as a failure does. */
  async end(thing: string): Promise<void> {
    await this.kind.outside?.end(this.ground, thing);
  }

  /** Runs bash code, in which `in_it` stands for the way into the instance, and $name for its name. */
  async shell(t: Sandbox, way: Way, code: string): ReturnType<Sandbox['run']> {
    return t.run('bash', ['-c', headOf(way, await this.enter(t)) + code]);
  }
}

/** Code of bash that makes `in_it` a way into an instance. */
export function headOf(way: Way, name: string): string {
  return `name=${name} node=${process.execPath}\nin_it() { ${way.code} "$@"; }\n`;
}

/** The sandbox that all tests of a kind share. */
class Ground {
  #sandbox: Sandbox | undefined;
  #name: Promise<string> | undefined;

  get env(): Sandbox['env'] {
    return this.sandbox.env;
  }

  get sandbox(): Sandbox {
    if (this.#sandbox === undefined) throw new Error('nobody has entered');
    return this.#sandbox;
  }

  enter(kind: Kind): Promise<string> {
    this.#sandbox ??= new Sandbox();
    this.#name ??= acquireKind(this.#sandbox, kind);
    return this.#name;
  }

  async leave(): Promise<void> {
    await this.#sandbox?.end();
    await this.#sandbox?.remove();
  }
}
