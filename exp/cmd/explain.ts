import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';

export const explain: Command = {
  name: 'explain',
  kind: 'porcelain',
  summary: 'say why an instance or a source is as it is, and what comes next',
  description: [
    'Of an instance, says why it is in its state, who holds it and from where, which process is at work on it and whether that is alive, and what will become of it and when.',
    'Of a source, says how many instances it has and may have, whether an acquire would be met now and why not, who waits in its queue, and what crcache gc would do.',
    'Nothing is locked, made or written.',
  ],
  operands: [
    {
      name: 'NAME',
      optional: true,
      repeats: true,
      completes: 'instance',
      summary: 'sources and instances; a word that may be both is a source',
    },
  ],
  options: [],
  examples: [
    {line: 'crcache explain build', means: 'why an acquire from build would wait'},
    {line: 'crcache explain build-0', means: 'who has this instance, and until when'},
  ],
  async run(context, args) {
    const {explain: explainWord} = await import('../lib/operation/explain.js');
    const cache = openCache(context, sayTo(context));
    const given = [...args.operands, ...args.values('source')];
    const words = given.length > 0 ? given : [cache.configuration.defaultSource()];
    const blocks = words.map((word) =>
      explainWord(cache, word)
        .map(([subject, said]) => `${subject}: ${said}\n`)
        .join(''),
    );
    await context.stdout.write(blocks.join('\n'));
    return undefined;
  },
};
