// Every kind of instance that commands run in. To add one: its entry below, and a file `NAME.test.ts` beside this one
// that calls `contract('NAME')` (kinds.test.ts notices a forgotten one). By itself it is run by
//
//   CRCACHE_TEST_KIND=NAME npm test -- test/lib/source/contract

import {readFileSync} from 'node:fs';
import {preparePodman, startDocker} from '../../../helpers/engines.js';
import {makeWatchedGolden} from '../../../helpers/golden.js';
import {findProgram} from '../../../helpers/programs.js';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {chrootName, defineChroot} from '../../../helpers/schroot.js';
import {startSlurm} from '../../../helpers/slurm-cluster.js';
import {startSshHosts} from '../../../helpers/ssh-hosts.js';

export interface Kind {
  readonly name: string;
  /** The source to acquire from. It must have two instances at least. */
  readonly source: string;
  /** The lines of each source's source.conf; a function where they name what `before` has made. */
  readonly sources: Sources | ((t: Sandbox) => Sources);
  /** Programs without which its tests are skipped. */
  readonly needs?: readonly string[];
  readonly needsRoot?: boolean;
  /**
   * Makes what its instances need (a server, a tree) in a sandbox that all tests of a file share, and whose
   * environment they get; `t.atEnd` undoes it, after the instances are released.
   */
  readonly before?: (t: Sandbox) => unknown;
  readonly manners?: Manners;
  /** Whether it differs from the kind before it in nothing but what is below: not all is tried with it. */
  readonly isVariant?: boolean;
  /** Whether each way into an instance is tried, and not the main ones alone. One kind must do. */
  readonly isTriedByAllWays?: boolean;
}

type Sources = Readonly<Record<string, readonly string[]>>;

/** What a kind may do in another way than this machine does. */
export interface Manners {
  /**
   * Its instances are elsewhere, and a tool carries streams and statuses: as with ssh, a command has a terminal only
   * where one is wished for.
   */
  readonly isFar?: boolean;
  /** Its tar is that of busybox, which makes no holes, and sets the times of files alone. */
  readonly hasSimpleTar?: boolean;
}

export const kinds: readonly Kind[] = [
  {name: 'local', source: 'place', sources: {place: ['type=local', 'maximum=9']}},
  {
    name: 'pool over local',
    source: 'pool',
    sources: {pool: ['type=pool', 'sources=place'], place: ['type=local', 'maximum=9']},
    isVariant: true,
  },
  {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}},
  {
    name: 'pool over sim',
    source: 'pool',
    sources: {pool: ['type=pool', 'sources=fake'], fake: ['type=sim']},
    isTriedByAllWays: true,
  },
  {
    name: 'pool over pool',
    source: 'upper',
    sources: {
      upper: ['type=pool', 'sources=lower'],
      lower: ['type=pool', 'sources=fake'],
      fake: ['type=sim'],
    },
    isVariant: true,
  },
  {
    name: 'chroot',
    source: 'tree',
    sources: (t) => ({tree: ['type=chroot', `root=${t.dir}/golden`]}),
    needs: ['unshare', 'nsenter', 'busybox', 'dash', 'ldd'],
    needsRoot: true,
    before: (t: Sandbox): void => {
      makeWatchedGolden(t, `${t.dir}/golden`);
    },
    manners: {hasSimpleTar: true},
  },
  {
    name: 'schroot',
    source: 'session',
    sources: {session: ['type=schroot', `chroot=${chrootName}`]},
    needs: ['schroot', 'busybox', 'dash', 'ldd'],
    needsRoot: true,
    before: defineChroot,
    manners: {isFar: true, hasSimpleTar: true},
    isVariant: true,
  },
  {
    name: 'ssh',
    source: 'far',
    sources: (t) => ({
      far: ['type=ssh', 'slots=4', ...readFileSync(`${t.dir}/far`, 'utf8').trim().split('\n')],
    }),
    needs: ['sshd', 'ssh', 'ip', 'nsenter'],
    needsRoot: true,
    before: async (t: Sandbox): Promise<void> => {
      const {addresses, lines} = await startSshHosts(t, 1);
      t.write('far', [`ssh_host=root@${String(addresses[0])}`, ...lines].join('\n'));
    },
    manners: {isFar: true},
  },
  {
    name: 'slurm',
    source: 'cluster',
    sources: {cluster: ['type=slurm']},
    needs: ['slurmctld', 'slurmd', 'srun', 'munged'],
    needsRoot: true,
    before: (t: Sandbox) => startSlurm(t, 4),
    manners: {isFar: true},
    isVariant: true,
  },
  {
    name: 'lxc',
    source: 'box',
    sources: (t) => ({box: ['type=lxc', `rootfs=${t.dir}/golden`]}),
    needs: ['lxc-start', 'busybox', 'dash', 'ldd'],
    needsRoot: true,
    before: (t: Sandbox): void => {
      makeWatchedGolden(t, `${t.dir}/golden`);
    },
    manners: {isFar: true, hasSimpleTar: true},
    isVariant: true,
  },
  {
    name: 'docker',
    source: 'box',
    sources: {box: ['type=container', 'engine=docker', 'image=golden', 'args=--network none']},
    needs: ['dockerd', 'docker', 'busybox', 'dash', 'ldd'],
    needsRoot: true,
    before: startDocker,
    manners: {isFar: true, hasSimpleTar: true},
  },
  {
    name: 'podman',
    source: 'box',
    sources: {box: ['type=container', 'engine=podman', 'image=golden', 'args=--network none']},
    needs: ['podman', 'runc', 'busybox', 'dash', 'ldd'],
    needsRoot: true,
    before: preparePodman,
    manners: {isFar: true, hasSimpleTar: true},
    isVariant: true,
  },
];

/** The kind that CRCACHE_TEST_KIND asks for alone. */
const onlyKind = process.env['CRCACHE_TEST_KIND'];

const isRoot = process.getuid?.() === 0;

/** Whether a kind is asked for, and has here what it needs. */
export function canBeTested({name, needs = [], needsRoot = false}: Kind): boolean {
  const isThere = needs.every((program) => findProgram(program) !== undefined);
  return (onlyKind ?? name) === name && isThere && (isRoot || !needsRoot);
}

/** Makes what a kind needs and writes its configuration; a test that lacks something is skipped. */
export async function prepareKind(t: Sandbox, kind: Kind): Promise<void> {
  const {name, needs = [], needsRoot = false, before, sources} = kind;
  if ((onlyKind ?? name) !== name) t.skip(`only '${String(onlyKind)}' is asked for`);
  t.needs(...needs);
  if (needsRoot && !isRoot) t.skip('needs root');
  await before?.(t);
  const all = typeof sources === 'function' ? sources(t) : sources;
  for (const [source, lines] of Object.entries(all)) {
    t.write(`config/sources/${source}/source.conf`, ['[DEFAULT]', ...lines, ''].join('\n'));
  }
}

/** An instance of a kind, in use until the test ends; the value is its name. */
export async function acquireKind(t: Sandbox, kind: Kind): Promise<string> {
  await prepareKind(t, kind);
  t.atEnd(() => succeed(t, ['release', '--all']));
  return (await succeed(t, ['acquire', '-s', kind.source])).trim();
}

async function succeed(t: Sandbox, words: readonly string[]): Promise<string> {
  const {status, stdout, stderr} = await t.crcache(words);
  if (status !== 0) throw new Error(`'crcache ${words.join(' ')}': ${stderr}`);
  return stdout;
}
