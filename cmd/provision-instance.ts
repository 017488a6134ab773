import type {Command} from '../lib/cli/command.js';
import {instanceCount, readInstanceCount} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {resolveSource} from '../lib/operation/resolve.js';
import {warm} from '../lib/operation/warm.js';

export const provisionInstance: Command = {
  name: 'provision-instance',
  kind: 'plumbing',
  summary: 'make instances and leave them cached',
  description: [
    'Provisions COUNT more instances (1 unless given) of a source and prints their names, one a line. Those above the reserve wait an hour for their first user, or as long as idle= says, until gc discards them.',
    'Where the limit of the source is reached, ends with status 12, having made none.',
  ],
  operands: [instanceCount],
  options: [],
  examples: [{line: 'crcache provision-instance -s golden 4', means: 'warm a source'}],
  seeAlso: ['crcache-acquire(1)', 'crcache-gc(1)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const source = resolveSource(cache, args.value('source'));
    const count = readInstanceCount(provisionInstance, args);
    const names = await warm(cache, source, count);
    await context.stdout.write(names.map((name) => `${name}\n`).join(''));
    return undefined;
  },
};
