import type {Context} from '../lib/cli/context.js';
import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {CrcacheError} from '../lib/errors.js';
import type {NewSourcePlace} from '../lib/operation/init-source.js';
import {openCache} from '../lib/operation/open.js';
import {quote} from '../lib/quote.js';

export const init: Command = {
  name: 'init',
  kind: 'porcelain',
  summary: 'write the configuration of a new source',
  description: [
    'Makes a directory for the source NAME with a source.conf, in which every key is explained, and with the directories of hooks and samples for them, and says what to do next. It never writes over anything: where there is something of this name, it fails. Wrong keys and values are refused before anything is written.',
    'A sample is switched on by renaming it, so that .sample is gone from its name, and changed as one likes: its settings stand at its beginning.',
    "The source is the user's own, or with --project that of the .crcache that is found from the current directory upwards, which is made here where there is none.",
  ],
  operands: [
    {name: 'NAME', summary: "the source's name"},
    {
      name: 'KEY=VALUE',
      optional: true,
      repeats: true,
      summary: 'settings of the source; those that its type must have are asked for',
    },
  ],
  options: [
    {name: 'type', value: 'TYPE', completes: 'type', summary: 'what makes its instances'},
    {name: 'user', summary: "write it into the user's configuration, as without --project"},
    {name: 'project', summary: "write it into the project's .crcache"},
  ],
  examples: [
    {
      line: 'crcache init build --type pool sources=local reserve=1',
      means: 'a pool that draws on this machine',
    },
    {
      line: 'crcache init try --type sim --project',
      means: 'a source of this project, to try things out',
    },
  ],
  seeAlso: [
    'crcache-check-source(1)',
    'crcache-hooks(5)',
    'crcache-source.conf(5)',
    'crcache-tutorial(7)',
  ],
  async run(context, args) {
    const {initSource} = await import('../lib/operation/init-source.js');
    const cache = openCache(context, sayTo(context));
    const [name = '', ...settings] = args.operands;
    const type = args.value('type');
    if (type === undefined) {
      const hint = `one of: ${cache.types.names().join(', ')}`;
      throw new CrcacheError('usage', "option '--type' is missing for 'crcache init'", hint);
    }
    if (args.has('user') && args.has('project')) {
      throw new CrcacheError('usage', "options '--user' and '--project' exclude each other");
    }
    const root = args.has('project') ? 'project' : 'user';
    const place = initSource(cache, {name, type, settings, root, hooks: readyMadeHooks(context)});
    if (place.hiddenBy !== undefined) {
      sayTo(context)(`'${place.hiddenBy}' is found before it: that is what '${name}' means`);
    }
    await context.stdout.write(nextSteps(name, place));
    return undefined;
  },
};

/** They are installed beside the program. */
function readyMadeHooks({program}: Context): string {
  return `${(program.at(-1) ?? '').replace(/[^/]*\/[^/]*$/, '')}hooks`;
}

function nextSteps(name: string, {directory, file, samples}: NewSourcePlace): string {
  const [sample = 'allocate.d/10-example.sample'] = samples;
  const hook = sample.replace(/\.sample$/, '');
  return `made ${file}

   \${EDITOR:-vi} ${quote(file)}
   crcache check-source ${name}
   crcache with ${name} -- uname -a

its hooks are in ${directory}; a sample is switched on by its name:

   cd ${quote(directory)}
   mv ${sample} ${hook}
`;
}
