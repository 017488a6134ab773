import {resolve} from 'node:path';
import {blockFrom, blockOptions, blockParagraphs, pathsBehind} from '../lib/cli/block-options.js';
import type {Command} from '../lib/cli/command.js';
import type {Context} from '../lib/cli/context.js';
import type {Arguments} from '../lib/cli/parse.js';
import {sayTo} from '../lib/cli/say.js';
import {waitFrom, waitOption} from '../lib/cli/wait-option.js';
import {wishOptions} from '../lib/cli/wish-options.js';
import {CrcacheError} from '../lib/errors.js';
import {isCode} from '../lib/operation/block/parts.js';
import {startCollecting} from '../lib/operation/due.js';
import {parseWishes} from '../lib/operation/needs.js';
import {openCache} from '../lib/operation/open.js';
import {withInstances, type WithRequest} from '../lib/operation/with.js';

/** `with` is a word of the language. */
export const withCommand: Command = {
  name: 'with',
  kind: 'porcelain',
  summary: 'run a command with instances that are released when it ends',
  description: [
    'Acquires an instance (with -n several, whole or not at all), runs COMMAND in it, and releases it when COMMAND has ended, in whichever way: by itself, by a signal to it or to crcache, by Ctrl-C, and also when crcache itself is killed, which ends COMMAND as well.',
    'With several instances, or with --here, COMMAND runs on this machine, with the names of the instances, separated by blanks, in CRCACHE_INSTANCES.',
    ...blockParagraphs,
    'With --streams, COMMAND runs on this machine, and in it :1 or :db is the instance of a stream wherever an instance is expected, and :1-3 or :1,db those of several. The file gives each stream a source, or a type and its keys: `streams: {1: {source: build}, 2: {type: remote, host: foo}, db: {type: process}}`, where remote is ssh and process this machine; of a list, they are numbered from 1. A stream that is not defined has the default source: this machine, where none is configured. An instance is acquired when its stream is first used, and all is released, and all jobs ended, when COMMAND has. crcache-streams(7) shows a whole test.',
    "The exit status is COMMAND's own, or 128 and the number of the signal that ended it; 126 where it cannot be executed, 127 where it is not found, and 125 where crcache fails before it starts or after it has ended.",
  ],
  operands: [
    {
      name: 'SOURCE',
      orOption: ['source', 'streams'],
      completes: 'source',
      summary: 'where the instances come from',
    },
    {
      name: 'COMMAND',
      optional: true,
      verbatim: true,
      summary: 'what to run, and its arguments',
    },
  ],
  options: [
    {name: 'count', short: 'n', value: 'COUNT', summary: 'how many instances; 1 unless given'},
    waitOption,
    ...wishOptions,
    {
      name: 'keep-failed',
      summary: 'keep the instances for a look when the command failed, until they are released',
    },
    {name: 'here', summary: 'run the command on this machine, also with a single instance'},
    ...blockOptions,
    {
      name: 'streams',
      value: 'FILE[:path.to.part]',
      completes: 'file',
      summary:
        'run the command on this machine, with the streams that this file of YAML or JSON defines',
    },
    {name: 'strict', summary: 'with --streams: there are no streams but those of the file'},
    {
      name: 'default',
      value: 'SOURCE',
      completes: 'source',
      summary: 'with --streams: the source of streams that the file does not define',
    },
    {
      name: 'outputs',
      value: 'DIR',
      completes: 'directory',
      summary: 'with --streams: keep what jobs write, in DIR/STREAM/N',
    },
  ],
  examples: [
    {line: 'crcache with build -- make check', means: 'one instance, for this command'},
    {
      line: 'crcache with build -n 3 --wait=10m -- ./cluster-test',
      means: 'three of them, whose names are in $CRCACHE_INSTANCES',
    },
    {
      line: 'crcache with --streams lab.yaml -- ./test',
      means: 'streams, which the test uses as :1, :2 and so on',
    },
    {
      line: 'crcache with build --keep-failed -- ./test',
      means: 'one that stays for a look if the test fails',
    },
  ],
  seeAlso: ['crcache-run(1)', 'crcache-streams(7)', 'crcache-test-runners(7)'],
  failureStatus: 125,
  async run(context, args) {
    const say = sayTo(context);
    const cache = openCache(context, say);
    if (args.has('streams')) return runWithStreams(context, args);
    for (const name of ['strict', 'default', 'outputs']) {
      if (args.has(name))
        throw new CrcacheError('usage', `option '--${name}' goes with '--streams'`);
    }
    const fromOption = args.value('source');
    const [first = '', ...others] = args.operands;
    const source = cache.source(fromOption ?? first);
    const {block, words: command} = pathsBehind({
      block: blockFrom(args),
      words: fromOption === undefined ? others : args.operands,
    });
    if (command.length === 0 && !isCode(block)) throw noCommand();
    const request: WithRequest = {
      acquire: {
        source: source.name,
        count: args.count('count', 1) ?? 1,
        wishes: parseWishes(args.values('label'), args.values('need')),
        ...waitFrom(context, args),
      },
      command,
      block,
      isHere: args.has('here'),
      onKept: args.has('keep-failed')
        ? (names) => {
            say(keptNote(names));
          }
        : undefined,
    };
    const {umask} = context;
    const status = await withInstances(cache, request, {
      umask,
      graceMs: 0,
      isWithoutTerminal: false,
    });
    await startCollecting(cache, source);
    return status;
  },
};

async function runWithStreams(context: Context, args: Arguments): Promise<number> {
  for (const {name} of [
    ...blockOptions,
    ...wishOptions,
    {name: 'count'},
    {name: 'source'},
    {name: 'keep-failed'},
  ]) {
    if (!args.has(name)) continue;
    throw new CrcacheError('usage', `options '--streams' and '--${name}' contradict each other`);
  }
  if (args.has('strict') && args.has('default')) {
    throw new CrcacheError('usage', "options '--strict' and '--default' contradict each other");
  }
  const command = args.operands;
  if (command.length === 0) throw noCommand();
  const outputs = args.value('outputs');
  const request = {
    file: args.value('streams') ?? '',
    isStrict: args.has('strict'),
    others: args.value('default'),
    waitMs: args.duration('wait', {bare: Infinity}),
    outputs: outputs && resolve(context.cwd, outputs),
    command,
  };
  const {umask} = context;
  const supervision = {umask, graceMs: 0, isWithoutTerminal: false};
  const {withStreams} = await import('../lib/operation/stream/with-streams.js');
  return withStreams(openCache(context, sayTo(context)), request, supervision);
}

function noCommand(): CrcacheError {
  return new CrcacheError('usage', "COMMAND is missing for 'crcache with'", 'crcache help with');
}

function keptNote(names: readonly string[]): string {
  return [
    `the command failed: kept ${names.map((name) => `'${name}'`).join(', ')}`,
    ...names.map((name) => `hint: crcache shell ${name}`),
    `hint: crcache release ${names.join(' ')}`,
  ].join('\n');
}
