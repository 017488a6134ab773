import type {Command} from '../lib/cli/command.js';
import {anyInstances} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {CrcacheError} from '../lib/errors.js';
import {destroy, destroyableOf} from '../lib/operation/destroy.js';
import {openCache} from '../lib/operation/open.js';

export const discardInstance: Command = {
  name: 'discard-instance',
  kind: 'plumbing',
  summary: 'destroy instances that nobody uses',
  description: [
    'Destroys instances that are cached or broken, whatever the reserve says. One that is in use, or that a process is at work on, is refused; with --force one that is in use is taken from its user, one that a hook of discard.d keeps goes without what that was to save, and one whose discard failed before goes even if its record is all that can be removed.',
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
  seeAlso: ['crcache-drain-source(1)', 'crcache-release(1)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const isForced = args.has('force');
    const source = args.value('source');
    const names = [...args.operands];
    if (args.has('all')) {
      if (source === undefined) throw unclear("option '--all' is of one source", source);
      names.push(...destroyableOf(cache.source(source), isForced));
    } else if (names.length === 0) {
      throw unclear('no instance is named', source);
    }
    await destroy(cache, {names, isForced});
    return undefined;
  },
};

function unclear(what: string, source = 'SOURCE'): CrcacheError {
  return new CrcacheError('usage', what, `crcache discard-instance -s ${source} --all`);
}
