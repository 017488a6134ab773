// What a command in an instance costs where a tool leads there, beside that tool alone.

import type {Sandbox} from '../helpers/sandbox.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../lib/source/contract/kinds.js';
import {timeOfTenCalls, type Row, type Topic} from './measure.js';

/** The call of each kind's tool, up to what it is to run, as a trace of the run script shows it. */
const tools: Readonly<Record<string, RegExp>> = {
  chroot: /nsenter .* --(?= true$)/m,
  schroot: /schroot .*? --(?= )/,
  ssh: /ssh .*? ssh:\/\/\S+/,
  lxc: /lxc-attach .*? --(?= )/,
  docker: /docker exec -i \S+/,
  podman: /podman exec -i \S+/,
};

/** One for each kind that can be tested here: what it needs is in a sandbox of its own. */
export const farCommands: readonly Topic[] = kinds.filter(canBeTested).flatMap((kind) => {
  const tool = tools[kind.name];
  if (tool === undefined) return [];
  return [{name: 'far-command', rows: async (t) => [await rowOf(t, kind, tool)]}];
});

async function rowOf(t: Sandbox, kind: Kind, tool: RegExp): Promise<Row> {
  const name = await acquireKind(t, kind);
  const run = `${String(t.env['CRCACHE_DIR'])}/sources/${kind.source}/in-use/${name}/run`;
  const {stderr} = await t.run('sh', ['-x', run, 'true']);
  const [call] = tool.exec(stderr) ?? [];
  if (call === undefined) throw new Error(`no call of the tool of ${kind.name}: ${stderr}`);
  const bare = timeOfTenCalls(t, [...call.split(/ +/), 'true']);
  const smallest = timeOfTenCalls(t, ['sh', '-c', 'true']);
  return {
    what: `crcache run NAME true: ${kind.name}`,
    against: `1.1 ${tool.source.split(' ')[0] ?? ''}, or it and 2 sh`,
    bound: 1,
    runs: 10,
    cost: timeOfTenCalls(t, ['crcache', 'run', name, 'true']),
    otherCost() {
      const toolMs = bare();
      return Math.max(1.1 * toolMs, toolMs + 2 * smallest());
    },
  };
}
