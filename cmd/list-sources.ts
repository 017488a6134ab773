import type {Command} from '../lib/cli/command.js';
import {formatOption, listingFrom, listingOptions} from '../lib/cli/listing-options.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {sourceFields, type SourceItem} from '../lib/operation/source-fields.js';
import {viewAll} from '../lib/operation/view-source.js';
import {describeFields} from '../lib/output/value.js';

export const listSources: Command = {
  name: 'list-sources',
  kind: 'plumbing',
  summary: 'list sources, in a form that scripts can read',
  description: [
    "Prints the name of each source that is configured or has instances, one a line, in order; 'local', which is there without configuration, where it has instances, where another source stands on it, and where there is no other.",
    'With --format, prints a line like this for each: %(KEY) stands for a value, %% for a percent sign, and %09 for the character of this hexadecimal number. What a source does not have is empty. A value with a control character in it is quoted as in C, unless the records end with NUL (-z).',
    describeFields(sourceFields),
    'With --json, prints a list of objects with all keys, in which null is what a source does not have.',
    'A source that cannot be read is named on stderr, all else is listed, and the exit status is 0.',
  ],
  operands: [],
  options: [formatOption, ...listingOptions],
  examples: [
    {line: 'crcache list-sources', means: 'their names'},
    {
      line: "crcache list-sources --format='%(name) %(available)'",
      means: 'how many instances could be had of each',
    },
  ],
  seeAlso: [
    'crcache-list-instances(1)',
    'crcache-show-source(1)',
    'crcache-status(1)',
    'crcache-json(7)',
  ],
  async run(context, args) {
    const render = listingFrom<SourceItem>(sourceFields, args);
    const cache = openCache(context, sayTo(context));
    await context.stdout.write(render(viewAll(cache).map((view) => ({cache, view}))));
    return undefined;
  },
};
