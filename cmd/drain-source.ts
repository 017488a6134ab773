import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {CrcacheError} from '../lib/errors.js';
import {drain} from '../lib/operation/drain.js';
import {openCache} from '../lib/operation/open.js';

export const drainSource: Command = {
  name: 'drain-source',
  kind: 'plumbing',
  summary: 'take a source out of use, or back into it',
  description: [
    'Nothing new of the source is given out or made, and what is cached is discarded. What is in use stays with its users, and is discarded when they release it. A cached instance of a pool that stands on one of the source is not given out either, and gc discards it. With --off the source is in use again.',
  ],
  operands: [
    {
      name: 'SOURCE',
      optional: true,
      completes: 'source',
      summary: 'the source; that of -s unless given',
    },
  ],
  options: [{name: 'off', summary: 'take it back into use'}],
  examples: [
    {line: 'crcache drain-source build', means: 'before the machine goes down'},
    {line: 'crcache drain-source build --off', means: 'when it is back'},
  ],
  seeAlso: ['crcache-discard-instance(1)', 'crcache-gc(1)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const name = args.operands[0] ?? args.value('source');
    if (name === undefined)
      throw new CrcacheError('usage', 'no source is named', 'crcache drain-source SOURCE');
    await drain(cache, cache.source(name), !args.has('off'));
    return undefined;
  },
};
