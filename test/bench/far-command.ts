// What a command in an instance costs where a tool leads there, beside that tool alone.

import {readFileSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../lib/source/contract/kinds.js';
import {timeOfTenCalls, type Row, type Topic} from './measure.js';

interface Tool {
  readonly name: string;
  /** The rest of its call, up to what it is to run. */
  readonly words: RegExp;
  /** What it is to run, where it finds nothing by the name alone. */
  readonly command?: string;
}

const tools: Readonly<Record<string, Tool>> = {
  chroot: {name: 'nsenter', words: /.* --(?= true$)/},
  schroot: {name: 'schroot', words: /.*? --(?= )/},
  ssh: {name: 'ssh', words: /.*? ssh:\/\/\S+/},
  lxc: {name: 'lxc-attach', words: /.*? --(?= )/},
  docker: {name: 'docker', words: /exec -i \S+/},
  podman: {name: 'podman', words: /exec -i \S+/},
  slurm: {name: 'srun', words: /-QQ .*? --chdir=\//, command: '/bin/true'},
};

/** One for each kind that can be tested here: what it needs is in a sandbox of its own. */
export const farCommands: readonly Topic[] = kinds.filter(canBeTested).flatMap((kind) => {
  const tool = tools[kind.name];
  if (tool === undefined) return [];
  return [{name: 'far-command', rows: async (t) => [await rowOf(t, kind, tool)]}];
});

async function rowOf(t: Sandbox, kind: Kind, {name: program, words, command}: Tool): Promise<Row> {
  const name = await acquireKind(t, kind);
  const run = `${String(t.env['CRCACHE_DIR'])}/sources/${kind.source}/in-use/${name}/run`;
  const trace = await traceOf(t, run);
  const call = new RegExp(`^\\++ .*?\\b(${program} ${words.source})`, 'm').exec(trace)?.[1];
  if (call === undefined) throw new Error(`no call of the tool of ${kind.name}: ${trace}`);
  const bare = timeOfTenCalls(t, [...call.split(/ +/), command ?? 'true']);
  const smallest = timeOfTenCalls(t, ['sh', '-c', 'true']);
  return {
    what: `crcache run NAME true: ${kind.name}`,
    against: `1.1 ${program}, or it and 2 sh`,
    bound: 1,
    runs: 10,
    cost: timeOfTenCalls(t, ['crcache', 'run', name, 'true']),
    otherCost() {
      const toolMs = bare();
      return Math.max(1.1 * toolMs, toolMs + 2 * smallest());
    },
  };
}

/** All that a run script calls for `true`: bash can tell it to a file, for its stderr may be the command's alone. */
async function traceOf(t: Sandbox, run: string): Promise<string> {
  t.needs('bash');
  const file = `${t.dir}/trace`;
  const code = 'exec 20>"$0"; BASH_XTRACEFD=20 exec bash -x "$1" true';
  await t.run('bash', ['-c', code, file, run]);
  return readFileSync(file, 'utf8');
}
