import type {Command} from '../lib/cli/command.js';
import {instancesInUse} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {CrcacheError} from '../lib/errors.js';
import {openCache} from '../lib/operation/open.js';
import {renewLease} from '../lib/operation/renew.js';

export const renew: Command = {
  name: 'renew',
  kind: 'porcelain',
  summary: 'let the lease of an instance last longer',
  description: [
    'Sets the time at which the lease of each instance ends: --ttl from now, or never with --ttl=none. A lease that has ended is not renewed.',
  ],
  operands: [instancesInUse],
  options: [
    {name: 'ttl', value: 'DURATION', summary: 'how long from now, or none'},
    {name: 'lease', value: 'ID', summary: 'only if this lease holds them'},
  ],
  examples: [{line: 'crcache renew build-0 --ttl 1h', means: 'one more hour'}],
  async run(context, args) {
    if (!args.has('ttl'))
      throw new CrcacheError('usage', "option '--ttl' is missing", 'crcache renew NAME --ttl 1h');
    const ttlMs = args.value('ttl') === 'none' ? undefined : args.duration('ttl', {least: 1});
    const cache = openCache(context, sayTo(context));
    const lease = args.value('lease') ?? cache.caller.lease;
    await renewLease(cache, {names: args.operands, ttlMs, lease});
    return undefined;
  },
};
