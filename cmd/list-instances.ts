import type {Command} from '../lib/cli/command.js';
import {formatOption, listingFrom, listingOptions} from '../lib/cli/listing-options.js';
import {sayTo} from '../lib/cli/say.js';
import {states} from '../lib/instance.js';
import {instanceFields} from '../lib/operation/instance-fields.js';
import {openCache} from '../lib/operation/open.js';
import {instancesOf, type InstanceView} from '../lib/operation/view-instance.js';
import {viewAll, viewNamed} from '../lib/operation/view-source.js';
import {describeFields} from '../lib/output/value.js';

export const listInstances: Command = {
  name: 'list-instances',
  kind: 'plumbing',
  summary: 'list instances, in a form that scripts can read',
  description: [
    'Prints the name of each instance of all sources, or of the one given by -s, one a line, in the order of sources and numbers.',
    'With --format, prints a line like this for each: %(KEY) stands for a value, %% for a percent sign, and %09 for the character of this hexadecimal number. What an instance does not have is empty. A value with a control character in it is quoted as in C, unless the records end with NUL (-z).',
    describeFields(instanceFields),
    'With --json, prints a list of objects with all keys, in which null is what an instance does not have.',
    'Only files are read whose contents are asked for. One that is damaged is named on stderr, its value is missing, all else is listed, and the exit status is 0.',
  ],
  operands: [],
  options: [
    formatOption,
    {
      name: 'state',
      value: 'STATE',
      repeats: true,
      choices: states,
      summary: 'only instances in this state',
    },
    ...listingOptions,
  ],
  examples: [
    {line: 'crcache list-instances -s build --state cached', means: 'what is free of one source'},
    {
      line: "crcache list-instances --format='%(name) %(holder) %(since)' --sort=-since",
      means: 'who holds what, the last one first',
    },
    {
      line: 'crcache list-instances -z --state in-use | xargs -0 -n 1 crcache explain',
      means: 'something for each',
    },
  ],
  seeAlso: [
    'crcache-list-sources(1)',
    'crcache-show-instance(1)',
    'crcache-status(1)',
    'crcache-json(7)',
  ],
  async run(context, args) {
    const render = listingFrom<InstanceView>(instanceFields, args);
    const cache = openCache(context, sayTo(context));
    const names = args.values('source');
    const views = names.length === 0 ? viewAll(cache) : viewNamed(cache, names);
    const wanted = args.values('state');
    const instances = instancesOf(cache, views).filter(
      ({place}) => wanted.length === 0 || wanted.includes(place.state),
    );
    await context.stdout.write(render(instances));
    return undefined;
  },
};
