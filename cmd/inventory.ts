import {dirname, join} from 'node:path';
import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {toJson} from '../lib/output/records.js';

export const inventory: Command = {
  name: 'inventory',
  kind: 'porcelain',
  summary: 'print the instances in use as an inventory of Ansible',
  description: [
    'Prints the instances in use, of all sources or of those named, as JSON, in the form that Ansible expects of an inventory that is a program. Each source is a group, with _ in the place of signs that its name may have and that of a group may not; sources whose names become the same are one group, and those called all or ungrouped, which mean something to Ansible, are all_ and ungrouped_. An instance that another one stands on is left out.',
    'Ansible reaches the instances by crcache-rsh, which is crcache rsh as a program. The variables crcache_instance, crcache_source and crcache_concurrency tell of each.',
    'Ansible takes an executable file that calls it for an inventory: crcache-ansible(7) shows one.',
  ],
  operands: [
    {
      name: 'SOURCE',
      optional: true,
      repeats: true,
      completes: 'source',
      summary: 'only instances of these sources',
    },
  ],
  options: [
    {name: 'list', summary: 'print all, which it does anyway: Ansible asks so'},
    {
      name: 'host',
      value: 'NAME',
      completes: 'in-use',
      summary: 'print the variables of this instance alone',
    },
  ],
  examples: [
    {line: 'crcache inventory', means: 'all instances in use'},
    {line: 'crcache inventory build', means: 'those of one source'},
  ],
  seeAlso: ['crcache-ansible(7)'],
  async run(context, args) {
    const {readHost, readInventory} = await import('../lib/operation/inventory.js');
    const cache = openCache(context, sayTo(context));
    const host = args.value('host');
    const sources = [...args.operands, ...args.values('source')];
    const rsh = join(dirname(context.program.at(-1) ?? ''), '../cmd/crcache-rsh');
    const data = host === undefined ? readInventory(cache, {sources, rsh}) : readHost(cache, host);
    await context.stdout.write(toJson(data));
    return undefined;
  },
};
