import type {Command} from '../lib/cli/command.js';
import type {Arguments} from '../lib/cli/parse.js';
import {sayTo} from '../lib/cli/say.js';
import {CrcacheError} from '../lib/errors.js';
import type {Cache} from '../lib/operation/cache.js';
import {openCache} from '../lib/operation/open.js';
import {queries, queryStatus, type Query} from '../lib/operation/query.js';
import {blockOf, longColumns, longRows, marksOf} from '../lib/operation/remarks.js';
import {instancesByState, sourceFields} from '../lib/operation/source-fields.js';
import {
  topDown,
  viewAll,
  viewNamed,
  withBelow,
  type SourceView,
} from '../lib/operation/view-source.js';
import {toJson} from '../lib/output/records.js';
import {renderBlocks, renderStatus} from '../lib/output/status.js';
import {renderTable} from '../lib/output/table.js';
import {describeFields, toObject} from '../lib/output/value.js';

export const status: Command = {
  name: 'status',
  kind: 'porcelain',
  summary: 'show sources, and what their instances are doing',
  description: [
    "Shows for each source how many instances are cached and in use, and how many it may have; 0 is no limit. An instance that another one stands on counts as in use. Without names all sources are shown that are configured or have instances; 'local', which is there without configuration, only where it has a part in it. On a terminal and with -v, the configuration roots and the state directory that are used are told above it, on stderr: sudo, HOME and the current directory decide which they are. crcache doctor always tells them.",
    "Behind the numbers stands what is out of the ordinary: 'unconfigured' where the source's configuration has been removed, 'misconfigured' where it cannot be used, and nothing but the release of what it has is done until that is mended, and 'drained'.",
    'With -v, and without --tree or another form, shows a block for each source: its instances by name, the effective minimum (how many it keeps) and maximum, then a line for each instance that a user holds (who, for how long, by which command, until when) or that is in another state (for how long, and which process is at work on it).',
    'With --query, prints one number, summed over the sources: the instances that are cached, in-use or may be there (max, 0 where one has no limit), those that could be had now (available), the concurrency of all that are cached and in use, or the machines that those are on (machines). A pool and its sources each count for themselves, so name what you mean. A source without a limit has as many available as --cap says or, without it, what is cached and as many as it provisions at once (starting=).',
    `With --json, prints a list of objects, in which 'instances' has the names by state. ${describeFields(sourceFields)} For all of each instance see crcache list-instances --json.`,
    'Nothing is locked, made or written. What cannot be read is named on stderr, all else is shown, and the exit status is 0.',
  ],
  operands: [
    {
      name: 'SOURCE',
      optional: true,
      repeats: true,
      completes: 'source',
      summary: 'only these sources; with --tree, and those that they stand on',
    },
  ],
  options: [
    {
      name: 'tree',
      short: 't',
      summary: "follow each source by lines '+ NAME' of those it stands on",
    },
    {name: 'all', short: 'a', summary: 'show all instances in one long table'},
    {
      name: 'query',
      value: 'WHAT',
      choices: queries,
      summary: 'print only this number',
    },
    {name: 'cap', value: 'N', summary: 'what a source without a limit counts as available'},
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {line: 'crcache status', means: 'all sources'},
    {line: 'crcache status -v build', means: 'one of them, with who holds what'},
    {
      line: 'make -j "$(crcache status build --query concurrency)"',
      means: 'as much at once as the instances of build can do',
    },
  ],
  seeAlso: ['crcache-list-instances(1)', 'crcache-list-sources(1)', 'crcache-json(7)'],
  async run(context, args) {
    checkForms(args);
    const cache = openCache(context, sayTo(context));
    const isForPeople = !args.has('json') && !args.has('query');
    const isSeen = context.stdout.isTerminal && context.stderr.isTerminal;
    if (context.isVerbose || (isForPeople && isSeen)) sayWhere(cache);
    const views = viewsFor(cache, args);
    await context.stdout.write(render(cache, views, {args, isVerbose: context.isVerbose}));
    return undefined;
  },
};

/** Which configuration and which state these are: sudo, HOME and the directory decide that. */
function sayWhere(cache: Cache): void {
  const roots = cache.configuration.roots.map(({path}) => path).join(', ');
  cache.say(`configuration: ${roots}`);
  cache.say(`state: ${cache.store.directory}`);
}

const forms = ['tree', 'all', 'query', 'json'] as const;

function checkForms(args: Arguments): void {
  const [one, other] = forms.filter((name) => args.has(name));
  if (other !== undefined) {
    throw new CrcacheError(
      'usage',
      `options '--${String(one)}' and '--${other}' exclude each other`,
    );
  }
  if (args.has('cap') && args.value('query') !== 'available') {
    throw new CrcacheError('usage', "option '--cap' is for '--query available'");
  }
}

function viewsFor(cache: Cache, args: Arguments): SourceView[] {
  const isTree = args.has('tree');
  const names = [...args.operands, ...args.values('source')];
  if (names.length === 0) return isTree ? topDown(viewAll(cache)) : viewAll(cache);
  const named = viewNamed(cache, names);
  return isTree ? topDown(withBelow(cache, named)) : named;
}

function render(
  cache: Cache,
  views: readonly SourceView[],
  {args, isVerbose}: {args: Arguments; isVerbose: boolean},
): string {
  if (args.has('json')) {
    return toJson(
      views.map((view) => ({
        ...toObject(sourceFields, {cache, view}),
        instances: instancesByState(view),
      })),
    );
  }
  const query = args.value('query') as Query | undefined;
  if (query !== undefined) {
    return `${String(queryStatus(cache, views, {query, cap: args.count('cap')}))}\n`;
  }
  if (args.has('all')) {
    return renderTable(
      longColumns,
      views.flatMap((view) => longRows(cache, view)),
    );
  }
  if (isVerbose && !args.has('tree'))
    return renderBlocks(views.map((view) => blockOf(cache, view)));
  const rows = views.map(({source, name, places, limits, below}) => ({
    name,
    cached: places.cached.length,
    inUse: places['in-use'].length,
    maximum: limits.maximum,
    below,
    marks: marksOf(source),
  }));
  return renderStatus(rows, {isTree: args.has('tree')});
}
