// Which package has a program that a type calls, in the systems that have packages.

export const systems = {
  debian: 'apt-get install',
  fedora: 'dnf install',
  alpine: 'apk add',
  brew: 'brew install',
} as const;

export type System = keyof typeof systems;

/** How each program is installed; a system without it is left out. */
const packages: Readonly<Record<string, Readonly<Partial<Record<System, string>>>>> = {
  docker: {debian: 'docker.io', fedora: 'moby-engine', alpine: 'docker', brew: 'docker'},
  'lxc-start': {debian: 'lxc', fedora: 'lxc', alpine: 'lxc'},
  nsenter: {debian: 'util-linux', fedora: 'util-linux', alpine: 'util-linux-misc'},
  podman: {debian: 'podman', fedora: 'podman', alpine: 'podman', brew: 'podman'},
  salloc: {debian: 'slurm-client', fedora: 'slurm'},
  schroot: {debian: 'schroot', fedora: 'schroot'},
  srun: {debian: 'slurm-client', fedora: 'slurm'},
  ssh: {
    debian: 'openssh-client',
    fedora: 'openssh-clients',
    alpine: 'openssh-client',
    brew: 'openssh',
  },
  unshare: {debian: 'util-linux', fedora: 'util-linux', alpine: 'util-linux-misc'},
};

/** The line that installs a program, where that is known. */
export function installing(program: string, system: System): string | undefined {
  const name = packages[program]?.[system];
  return name === undefined ? undefined : `${systems[system]} ${name}`;
}

/** The system that a text like that of /etc/os-release tells of. */
export function systemOf(release: string | undefined): System | undefined {
  if (release === undefined) return 'brew';
  const words = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, said = '']) =>
    said.split(' '),
  );
  return (['debian', 'fedora', 'alpine'] as const).find((each) => words.includes(each));
}
