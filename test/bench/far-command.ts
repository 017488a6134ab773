// What a command in an instance costs where a tool leads there, beside that tool alone.

import type {Sandbox} from '../helpers/sandbox.js';
import {acquireKind, canBeTested, kinds, type Kind} from '../lib/source/contract/kinds.js';
import {callOf, toolOf, type Tool} from './far-tools.js';
import {timeOfTenCalls, type Row, type Topic} from './measure.js';

/** One for each kind that can be tested here: what it needs is in a sandbox of its own. */
export const farCommands: readonly Topic[] = kinds.filter(canBeTested).flatMap((kind) => {
  const tool = toolOf(kind);
  if (tool === undefined) return [];
  return [{name: 'far-command', rows: async (t) => [await rowOf(t, kind, tool)]}];
});

async function rowOf(t: Sandbox, kind: Kind, tool: Tool): Promise<Row> {
  const name = await acquireKind(t, kind);
  const call = await callOf(t, kind, name);
  const bare = timeOfTenCalls(t, [...call, tool.command ?? 'true']);
  const smallest = timeOfTenCalls(t, ['sh', '-c', 'true']);
  return {
    what: `crcache run NAME true: ${kind.name}`,
    against: `1.1 ${tool.name}, or it and 2 sh`,
    bound: 1,
    runs: 10,
    cost: timeOfTenCalls(t, ['crcache', 'run', name, 'true']),
    otherCost() {
      const toolMs = bare();
      return Math.max(1.1 * toolMs, toolMs + 2 * smallest());
    },
  };
}
