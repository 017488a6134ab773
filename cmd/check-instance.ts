import type {Command} from '../lib/cli/command.js';
import {exitStatus} from '../lib/cli/exit-status.js';
import {instances} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {checkByName} from '../lib/operation/check-instance.js';
import {openCache} from '../lib/operation/open.js';

export const checkInstance: Command = {
  name: 'check-instance',
  kind: 'plumbing',
  summary: 'ask whether instances are alive',
  description: [
    'Asks the type of each instance, and those of the instances that it stands on, whether commands can run in it, as is done before one is given out. Prints a line for each that is dead, and its status is then 1; it changes nothing. What to do with a dead one depends on its state: crcache release where it is in use, crcache discard-instance where it is cached.',
  ],
  operands: [instances],
  options: [],
  examples: [
    {line: 'crcache check-instance build-0', means: 'is it alive'},
    {
      line: 'crcache list-instances -s build | xargs crcache check-instance',
      means: 'which of them are not',
    },
  ],
  seeAlso: ['crcache-discard-instance(1)', 'crcache-release(1)'],
  async run(context, args) {
    const dead = await checkByName(openCache(context, sayTo(context)), args.operands);
    await context.stdout.write(dead.map(({name, why}) => `${name}: ${why}\n`).join(''));
    return dead.length > 0 ? exitStatus.failed : undefined;
  },
};
