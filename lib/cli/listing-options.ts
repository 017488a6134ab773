// The options of a command that lists things for scripts, and the text that they ask for.

import {listingOf} from '../output/records.js';
import {sorterOf} from '../output/sort.js';
import type {Fields} from '../output/value.js';
import type {Option} from './command.js';
import type {Arguments} from './parse.js';

export const formatOption: Option = {
  name: 'format',
  value: 'FORMAT',
  summary: 'what to print of each; %(name) unless given',
};

export const listingOptions: readonly Option[] = [
  {
    name: 'sort',
    value: 'KEY',
    summary: 'sort by this key, or with -KEY from the last to the first',
  },
  {name: 'null', short: 'z', summary: 'end each record with NUL instead of a newline'},
  {name: 'json', summary: 'print JSON'},
];

/** A function that makes the text of a listing; wrong usage at once where the format or the key is wrong. */
export function listingFrom<Item>(
  fields: Fields<Item>,
  args: Arguments,
): (items: readonly Item[]) => string {
  const render = listingOf<Item>({
    fields,
    format: args.value('format'),
    isJson: args.has('json'),
    isNulEnded: args.has('null'),
  });
  const sort = sorterOf<Item>(fields, args.value('sort'));
  return (items) => render(sort(items));
}
