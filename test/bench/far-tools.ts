// The tools that lead into instances, as a person calls them.

import type {Sandbox} from '../helpers/sandbox.js';
import type {Kind} from '../lib/source/contract/kinds.js';

/** The call of each kind's tool, up to what it is to run, as a trace of the run script shows it. */
const tools: Readonly<Record<string, RegExp>> = {
  chroot: /nsenter .* --(?= true$)/m,
  schroot: /schroot .*? --(?= )/,
  ssh: /ssh .*? ssh:\/\/\S+/,
  slurm: /srun .*? --chdir=\S+/,
  lxc: /lxc-attach .*? --(?= )/,
  docker: /docker exec -i \S+/,
  podman: /podman exec -i \S+/,
};

/** The name of a kind's tool, or undefined where none leads into its instances. */
export function toolOf({name}: Pick<Kind, 'name'>): string | undefined {
  return patternOf(name)?.source.split(/[ \\]/)[0];
}

/** 'docker with GNU tar' is docker. */
function patternOf(kind: string): RegExp | undefined {
  return tools[kind.replace(/ with .*/, '')];
}

/** The words by which a kind's tool leads into an instance. */
export async function callOf(
  t: Sandbox,
  {name: kind, source}: Pick<Kind, 'name' | 'source'>,
  name: string,
): Promise<readonly string[]> {
  const run = `${String(t.env['CRCACHE_DIR'])}/sources/${source}/in-use/${name}/run`;
  const {stderr} = await t.run('sh', ['-x', run, 'true']);
  const [call] = patternOf(kind)?.exec(stderr) ?? [];
  if (call === undefined) throw new Error(`no call of the tool of ${kind}: ${stderr}`);
  return call.split(/ +/);
}
