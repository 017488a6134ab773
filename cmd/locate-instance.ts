import type {Command} from '../lib/cli/command.js';
import {instances} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {resolveInstance} from '../lib/operation/resolve.js';

export const locateInstance: Command = {
  name: 'locate-instance',
  kind: 'plumbing',
  summary: 'print the names of instances that words mean',
  description: [
    'Prints the name of the instance that each word means, a line each: the name of a source means its only instance in use, :1 the instance of a stream, and :1-3 or :1,db those of several. A stream that has none yet gets it.',
  ],
  operands: [instances],
  options: [],
  examples: [{line: 'crcache locate-instance :1-2', means: 'the instances of two streams'}],
  seeAlso: ['crcache-show-instance(1)', 'crcache-streams(7)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const {acquireWords} = await import('../lib/operation/stream/acquire-stream.js');
    const words = await acquireWords(cache, args.operands);
    const names = words.map((word) => resolveInstance(cache, word));
    await context.stdout.write(names.map((name) => `${name}\n`).join(''));
    return undefined;
  },
};
