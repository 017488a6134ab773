// Every kind of instance that commands run in. To add one: its entry below, and a file `NAME.test.ts` beside this one
// that calls `contract('NAME')` (kinds.test.ts notices a forgotten one). By itself it is run by
//
//   CRCACHE_TEST_KIND=NAME npm test -- test/lib/source/contract

import {cpSync, mkdirSync, readFileSync} from 'node:fs';
import {preparePodman, startDocker} from '../../../helpers/engines.js';
import {makeWatchedGolden, onBtrfs} from '../../../helpers/golden.js';
import {findProgram} from '../../../helpers/programs.js';
import {repository, type Sandbox} from '../../../helpers/sandbox.js';
import {chrootName, defineChroot} from '../../../helpers/schroot.js';
import {startSlurm} from '../../../helpers/slurm-cluster.js';
import {startSshHosts} from '../../../helpers/ssh-hosts.js';
import type {Kind, Sources} from './kind.js';
import {byTool, directories, killHolder} from './outside.js';

export type {Kind};

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ownTree = {hasSimpleTar: true, hasOwnTree: true, programs: () => '/usr/local/sbin'};
const tree = {...ownTree, bindsImports: 'as it is'} as const;
const farTree = {...ownTree, isFar: true, bindsImports: 'anew'} as const;
const needsOfTree = ['busybox', 'dash', 'ldd'];
const needsOfChroot = ['unshare', 'nsenter', ...needsOfTree];

/** Those whose instances are made by this machine's own programs. */
const plain: readonly Kind[] = [
  {name: 'local', source: 'place', sources: {place: ['type=local', 'maximum=22']}},
  {
    name: 'pool over local',
    source: 'pool',
    sources: {pool: ['type=pool', 'sources=place'], place: ['type=local', 'maximum=22']},
    differsBy: 'way',
  },
  {
    name: 'sim',
    source: 'fake',
    sources: {fake: ['type=sim']},
    outside: directories('crcache-sim'),
  },
  {
    name: 'pool over sim',
    source: 'pool',
    sources: {pool: ['type=pool', 'sources=fake'], fake: ['type=sim']},
    outside: directories('crcache-sim'),
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
    outside: directories('crcache-sim'),
    differsBy: 'way',
  },
  {
    name: 'command',
    source: 'lines',
    sources: ({dir}) => ({
      lines: [
        ...['type=command', 'shares_files=yes', 'survives_reboot=yes'],
        `provision_command=mkdir -p ${dir}/made/"$CRCACHE_ID"/root && echo "at=${dir}/made/$CRCACHE_ID"`,
        'run_command=env -C %{at}/root',
        'check_command=test -d "$CRCACHE_HANDLE_AT/root"',
        'checkpoint_command=cd "$CRCACHE_HANDLE_AT" && cp -a root checkpoint',
        'reset_command=cd "$CRCACHE_HANDLE_AT" && rm -rf root && cp -a checkpoint root',
        `discard_command=rm -rf ${dir}/made/"$CRCACHE_ID"`,
        `list_command=ls ${dir}/made`,
      ],
    }),
    before({dir}: Sandbox): void {
      mkdirSync(`${dir}/made`);
    },
    outside: byTool('ls made', 'rm -r "made/$0"'),
    differsBy: 'way',
  },
  {
    name: 'external',
    source: 'places',
    sources: ({dir}) => ({places: ['type=directory', `base=${dir}/made`]}),
    before(t: Sandbox): void {
      const name = 'crcache-source-directory';
      mkdirSync(`${t.dir}/made`);
      cpSync(`${repository}/hooks/types/${name}`, `${t.dir}/bin/${name}`);
      t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
    },
    outside: byTool('ls made', 'rm -r "made/$0"'),
    manners: {tellsByItself: true},
    differsBy: 'way',
  },
  {
    name: 'chroot by btrfs',
    source: 'tree',
    sources: ({dir}) => ({
      tree: [
        ...['type=chroot', `root=${dir}/btrfs/golden`, 'method=btrfs'],
        `directory=${dir}/btrfs/made`,
      ],
    }),
    needs: ['btrfs', 'mkfs.btrfs', ...needsOfChroot],
    needsRoot: true,
    before(t: Sandbox): void {
      makeWatchedGolden(t, onBtrfs(t, `${t.dir}/btrfs`, 'golden'));
    },
    manners: tree,
    outside: directories('btrfs/made', killHolder('holder')),
    differsBy: 'making',
  },
  {
    name: 'chroot by copy',
    source: 'tree',
    sources: ({dir}) => ({tree: ['type=chroot', `root=${dir}/golden`, 'method=copy']}),
    needs: needsOfChroot,
    needsRoot: true,
    before: makeTree,
    manners: tree,
    outside: directories('crcache-chroot', killHolder('holder')),
    differsBy: 'making',
  },
  {
    name: 'chroot of an ordinary user',
    source: 'tree',
    sources: ({dir}) => ({tree: ['type=chroot', `root=${dir}/golden`]}),
    needs: needsOfChroot,
    isForUser: true,
    before: makeTree,
    manners: {...tree, hasRootAlone: true},
    outside: directories('crcache-chroot', killHolder('holder')),
    differsBy: 'way',
  },
  {
    name: 'podman',
    source: 'box',
    sources: {box: ['type=container', 'engine=podman', 'image=golden', 'args=--network none']},
    needs: ['podman', 'runc', ...needsOfTree],
    needsRoot: true,
    before: preparePodman,
    manners: farTree,
    outside: byTool("podman ps --all --format '{{.Names}}'", endBy('podman')),
    differsBy: 'way',
  },
];

/** Those that pools stand on as well. */
const real: readonly Kind[] = [
  {
    name: 'chroot',
    source: 'tree',
    sources: ({dir}) => ({tree: ['type=chroot', `root=${dir}/golden`]}),
    needs: needsOfChroot,
    needsRoot: true,
    before: makeTree,
    manners: tree,
    outside: directories('crcache-chroot', killHolder('holder')),
  },
  {
    name: 'schroot',
    source: 'session',
    sources: {session: ['type=schroot', `chroot=${chrootName}`]},
    needs: ['schroot', ...needsOfTree],
    needsRoot: true,
    before: defineChroot,
    manners: {...ownTree, isFar: true},
    outside: byTool(
      // Other tests may have some of other chroots.
      'cd /var/lib/schroot/session && grep -lsxF "directory=$OLDPWD/golden" * || :',
      'schroot --end-session --chroot "session:$0"',
    ),
    differsBy: 'way',
  },
  {
    name: 'ssh',
    source: 'far',
    sources: ({dir}) => ({
      far: [...['type=ssh', 'slots=22'], ...readFileSync(`${dir}/far`, 'utf8').trim().split('\n')],
    }),
    needs: ['sshd', 'ssh', 'ip', 'nsenter'],
    needsRoot: true,
    before: async (t: Sandbox): Promise<void> => {
      const {addresses, lines} = await startSshHosts(t, 1);
      t.write('hosts/host0/root/.bashrc', 'PATH=/root/bin:$PATH\n');
      t.write('far', [`ssh_host=root@${String(addresses[0])}`, ...lines].join('\n'));
    },
    manners: {isFar: true, programs: () => '/root/bin'},
  },
  {
    name: 'slurm',
    source: 'cluster',
    sources: ({dir}) => ({cluster: ['type=slurm', `env=PATH=${dir}/bin:${usualPath}`]}),
    needs: ['slurmctld', 'slurmd', 'srun', 'munged'],
    needsRoot: true,
    before: (t: Sandbox) => startSlurm(t, 4, {cores: 6}),
    manners: {isFar: true, programs: ({dir}) => `${dir}/bin`},
    outside: byTool('squeue --noheader --states=PD,R --format=%j', 'scancel --name="$0"'),
    differsBy: 'way',
  },
  {
    name: 'lxc',
    source: 'box',
    sources: ({dir}) => ({box: ['type=lxc', `rootfs=${dir}/golden`]}),
    needs: ['lxc-start', ...needsOfTree],
    needsRoot: true,
    before: makeTree,
    manners: farTree,
    outside: directories('crcache-lxc', killHolder('pid')),
    differsBy: 'way',
  },
  {
    name: 'docker',
    source: 'box',
    sources: {box: ['type=container', 'engine=docker', 'image=golden', 'args=--network none']},
    needs: ['dockerd', 'docker', ...needsOfTree],
    needsRoot: true,
    before: startDocker,
    manners: farTree,
    outside: byTool("docker ps --all --format '{{.Names}}'", endBy('docker')),
  },
];

export const kinds: readonly Kind[] = [...plain, ...real, ...real.map(withPool)];

/** A kind with a pool on it. */
function withPool(kind: Kind): Kind {
  return {
    ...kind,
    name: `pool over ${kind.name}`,
    source: 'pool',
    sources: (t) => ({pool: ['type=pool', `sources=${kind.source}`], ...sourcesOf(kind, t)}),
    differsBy: 'standing',
  };
}

/** Engines kill before they know that it has ended. */
function endBy(engine: string): string {
  return `${engine} kill "$0" && ${engine} wait "$0"`;
}

function makeTree(t: Sandbox): void {
  makeWatchedGolden(t, `${t.dir}/golden`);
}

function sourcesOf({sources}: Kind, t: Sandbox): Sources {
  return typeof sources === 'function' ? sources(t) : sources;
}

/** The kind that CRCACHE_TEST_KIND asks for alone. */
const onlyKind = process.env['CRCACHE_TEST_KIND'];

const isRoot = (): boolean => process.getuid?.() === 0;

/** Whether a kind is asked for, and has here what it needs. */
export function canBeTested({name, needs = [], needsRoot = false}: Kind): boolean {
  const isThere = needs.every((program) => findProgram(program) !== undefined);
  return (onlyKind ?? name) === name && isThere && (isRoot() || !needsRoot);
}

/** Makes what a kind needs and writes its configuration; a test that lacks something is skipped. */
export async function prepareKind(t: Sandbox, kind: Kind): Promise<void> {
  const {name, needs = [], needsRoot = false, before} = kind;
  if ((onlyKind ?? name) !== name) t.skip(`only '${String(onlyKind)}' is asked for`);
  t.needs(...needs);
  if (needsRoot && !isRoot()) t.skip('needs root');
  await before?.(t);
  for (const [source, lines] of Object.entries(sourcesOf(kind, t))) {
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
