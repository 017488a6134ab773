// Every kind of instance that commands run in. The suites beside this file run over all of them: to add a kind, add
// its configuration below.

import {repository, type Sandbox} from '../../../helpers/sandbox.js';

export interface Kind {
  readonly name: string;
  /** The source to acquire from. */
  readonly source: string;
  /** The lines of each source's source.conf. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

export const kinds: readonly Kind[] = [
  {name: 'local', source: 'place', sources: {place: ['type=local', 'maximum=9']}},
  {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}},
  {
    name: 'pool over local',
    source: 'pool',
    sources: {pool: ['type=pool', 'sources=place'], place: ['type=local', 'maximum=9']},
  },
  {
    name: 'pool over sim',
    source: 'pool',
    sources: {pool: ['type=pool', 'sources=fake'], fake: ['type=sim']},
  },
  {
    name: 'pool over pool',
    source: 'upper',
    sources: {
      upper: ['type=pool', 'sources=lower'],
      lower: ['type=pool', 'sources=fake'],
      fake: ['type=sim'],
    },
  },
];

/** An instance of a kind, in use; the value is its name. */
export async function acquireKind(t: Sandbox, {source, sources}: Kind): Promise<string> {
  for (const [name, lines] of Object.entries(sources)) {
    t.write(`config/sources/${name}/source.conf`, ['[DEFAULT]', ...lines, ''].join('\n'));
  }
  const {stdout, stderr} = await t.crcache(['acquire', '-s', source]);
  if (stdout === '') throw new Error(stderr);
  t.atEnd(() => t.crcache(['release', '--all']));
  return stdout.trim();
}

/** How a command gets into an instance. */
export interface Way {
  readonly name: string;
  /** A simple command of sh that ends where the words of `run` begin; $name is the instance. */
  readonly code: string;
  /** Whether node stays as the command's parent. */
  readonly isParent: boolean;
  /** Whether every kind is tried by it. */
  readonly isMain?: boolean;
}

/** All lead to the same. */
export const ways: readonly Way[] = [
  {name: 'directly', code: 'crcache run "$name" --', isParent: false, isMain: true},
  {
    name: 'with a time limit',
    code: 'crcache run --timeout 1h "$name" --',
    isParent: true,
    isMain: true,
  },
  {name: 'with options', code: 'crcache run -e A=b -C / "$name" --', isParent: false},
  {name: 'as node says', code: 'env CRCACHE_TRACE=trace crcache run "$name" --', isParent: false},
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

export const mainWays = ways.filter(({isMain}) => isMain === true);

/** A kind with more than one script in its way. */
const someKind = kinds.filter(({name}) => name === 'pool over sim');

/** Calls back for each kind by the main ways, and for each way into one kind: neither knows of the other. */
export function eachWay(call: (where: Where) => void): void {
  for (const kind of kinds) for (const way of mainWays) call({kind, way});
  const otherWays = ways.filter(({isMain}) => isMain !== true);
  for (const kind of someKind) for (const way of otherWays) call({kind, way});
}

export interface Where {
  readonly kind: Kind;
  readonly way: Way;
}

/** Runs bash code, in which `in_it` stands for the way into an instance, and $name for its name. */
export async function shell(
  t: Sandbox,
  {kind, way}: Where,
  code: string,
): ReturnType<Sandbox['run']> {
  const name = await acquireKind(t, kind);
  const head = `name=${name} node=${process.execPath}\nin_it() { ${way.code} "$@"; }\n`;
  return t.run('bash', ['-c', head + code]);
}
