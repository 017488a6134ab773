import type {Command} from '../lib/cli/command.js';
import {instances} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {resetByName} from '../lib/operation/reset.js';

export const resetInstance: Command = {
  name: 'reset-instance',
  kind: 'plumbing',
  summary: 'bring instances back to how they were right after they were made',
  description: [
    'Ends what runs in the instances and resets them to their checkpoint. One that is in use stays with its user, one that is broken is cached again if the reset works. A type that cannot reset its instances makes that a failure.',
  ],
  operands: [instances],
  options: [],
  examples: [{line: 'crcache reset-instance build-0', means: 'start over without acquiring anew'}],
  seeAlso: ['crcache-release(1)', 'crcache-hooks(5)'],
  async run(context, args) {
    await resetByName(openCache(context, sayTo(context)), args.operands);
    return undefined;
  },
};
