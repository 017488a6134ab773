import {resolve} from 'node:path';
import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {CrcacheError} from '../lib/errors.js';
import {giveBack, heldByCaller} from '../lib/operation/give-back.js';
import {startCollecting} from '../lib/operation/due.js';
import {openCache} from '../lib/operation/open.js';

export const release: Command = {
  name: 'release',
  kind: 'porcelain',
  summary: 'give instances back',
  description: [
    'Ends what runs in the instances, resets them where their type can, and caches them where their source then holds no more than it keeps; the others are discarded. All names are checked before any instance is touched.',
    'What was changed in copies of directories that were imported with rw is written back first. A local file that changed meanwhile stays as it is: the other one is kept beside it, and both names are told. Where that cannot be done the instance is kept, as broken, and the status is 1.',
    'An instance that nobody holds is a note and no failure, since its lease may have ended by itself. Without a name that is all that is done: a script may have none to release; with -s it takes --all, or names of that source alone.',
    'Inside of a lease (CRCACHE_LEASE, set by crcache with and in an instance), or with --lease, instances that another lease holds are refused, and are not among those of --all.',
  ],
  operands: [
    {
      name: 'NAME',
      optional: true,
      repeats: true,
      completes: 'in-use',
      summary: 'the instances; the name of a source means its only instance in use',
    },
  ],
  options: [
    {name: 'force', short: 'f', summary: 'discard them, whatever the source would keep'},
    {name: 'all', summary: 'all instances that you hold, of all sources or of the one given by -s'},
    {
      name: 'keep-outputs',
      value: 'DIR',
      completes: 'directory',
      summary: 'end their jobs, and copy what these wrote to DIR/INSTANCE/N first',
    },
    {
      name: 'no-write-back',
      summary: 'drop what was changed in copies of imported directories',
    },
    {name: 'lease', value: 'ID', summary: 'only if this lease holds them'},
  ],
  examples: [
    {line: 'crcache release build-0 build-1', means: 'two instances'},
    {line: 'crcache release --all', means: 'all that you hold'},
    {line: 'crcache release -f build-0', means: 'one that is not to be used again'},
  ],
  seeAlso: ['crcache-discard-instance(1)', 'crcache-reset-instance(1)', 'crcache-imports(7)'],
  async run(context, args) {
    const say = sayTo(context);
    const cache = openCache(context, say);
    const source = args.value('source');
    if (args.has('all') && args.operands.length > 0)
      throw new CrcacheError('usage', "option '--all' takes no names", 'crcache release --all');
    const lease = args.value('lease') ?? cache.caller.lease;
    const all = args.has('all') ? heldByCaller(cache, {source, lease}) : [];
    const names = [...args.operands, ...all];
    // Nothing to release is fine, as scripts may have a list that is empty; a source is no list.
    if (source !== undefined && names.length === 0 && !args.has('all'))
      throw new CrcacheError(
        'usage',
        `no instance of '${source}' is named`,
        `crcache release -s ${source} --all`,
      );
    if (names.length === 0 && !args.has('all')) {
      say('no instance is named, and none is released');
      say('hint: crcache release --all');
    }
    const outputs = args.value('keep-outputs');
    const sources = await giveBack(cache, {
      names,
      source: source === undefined ? undefined : cache.source(source).name,
      lease,
      isForced: args.has('force'),
      writesBack: !args.has('no-write-back'),
      goesOn: args.has('all'),
      outputs: outputs && resolve(context.cwd, outputs),
    });
    for (const source of sources) await startCollecting(cache, source);
    return undefined;
  },
};
