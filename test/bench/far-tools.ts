// The tools that lead into instances, as a person calls them.

import {readFileSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import type {Kind} from '../lib/source/contract/kinds.js';

export interface Tool {
  readonly name: string;
  /** The rest of its call, up to what it is to run. */
  readonly words: RegExp;
  /** What it is to run, where it finds nothing by the name alone. */
  readonly command?: string;
}

const tools: Readonly<Record<string, Tool>> = {
  chroot: {name: 'nsenter', words: /.* --(?= true$)/},
  schroot: {name: 'schroot', words: /.*? --(?= )/},
  ssh: {name: 'ssh', words: /.*? -T (?:-[lp] \S+ )*\S+/},
  lxc: {name: 'lxc-attach', words: /.*? --(?= )/},
  docker: {name: 'docker', words: /exec -i \S+/},
  podman: {name: 'podman', words: /exec -i \S+/},
  slurm: {name: 'srun', words: /-QQ .*? --chdir=\//, command: '/bin/true'},
};

/** The tool of a kind, or undefined where none leads into its instances. 'docker with GNU tar' is docker. */
export function toolOf({name}: Pick<Kind, 'name'>): Tool | undefined {
  return tools[name.replace(/ with .*/, '')];
}

/** The words by which its tool leads into an instance. */
export async function callOf(
  t: Sandbox,
  kind: Pick<Kind, 'name' | 'source'>,
  name: string,
): Promise<readonly string[]> {
  const run = `${String(t.env['CRCACHE_DIR'])}/sources/${kind.source}/in-use/${name}/run`;
  const trace = await traceOf(t, run);
  const tool = toolOf(kind);
  const words = `${tool?.name ?? ''} ${tool?.words.source ?? ''}`;
  // What its watcher is called with may stand before it on the line: both write to one file.
  const call = new RegExp(`\\+ .*?\\b(${words})`, 'm').exec(trace)?.[1];
  if (call === undefined) throw new Error(`no call of the tool of ${kind.name}: ${trace}`);
  return call.split(/ +/);
}

/** All that a run script calls for `true`: bash can tell it to a file, for its stderr may be the command's alone. */
async function traceOf(t: Sandbox, run: string): Promise<string> {
  t.needs('bash');
  const file = `${t.dir}/trace`;
  const code = 'exec 20>"$0"; BASH_XTRACEFD=20 exec bash -x "$1" true';
  await t.run('bash', ['-c', code, file, run]);
  return readFileSync(file, 'utf8');
}
