import type {Command} from '../lib/cli/command.js';
import {anyInstances} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {destroy, destroyableOf} from '../lib/operation/destroy.js';
import {openCache} from '../lib/operation/open.js';
import {resolveSource} from '../lib/operation/resolve.js';

export const discardInstance: Command = {
  name: 'discard-instance',
  kind: 'plumbing',
  summary: 'destroy instances that nobody uses',
  description: [
    'Destroys instances that are cached or broken, whatever the reserve says. One that is in use, or that a process is at work on, is refused; with --force one that is in use is taken from its user, and one whose discard failed goes even if its record is all that can be removed.',
  ],
  operands: [anyInstances],
  options: [
    {name: 'all', summary: 'all instances of the source given by -s that nobody uses'},
    {name: 'force', short: 'f', summary: 'also those that are in use'},
  ],
  examples: [
    {line: 'crcache discard-instance build-3', means: 'one instance'},
    {line: 'crcache discard-instance -s build --all', means: 'all that is cached or broken'},
  ],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const isForced = args.has('force');
    const all = args.has('all')
      ? destroyableOf(resolveSource(cache, args.value('source')), isForced)
      : [];
    await destroy(cache, {names: [...args.operands, ...all], isForced});
    return undefined;
  },
};
