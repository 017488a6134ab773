import type {Command, Kind} from '../lib/cli/command.js';
import type {Context} from '../lib/cli/context.js';
import {findExtension, listExtensions} from '../lib/cli/extension.js';
import type {Arguments} from '../lib/cli/parse.js';
import {titleFor} from '../lib/cli/title.js';
import {CrcacheError} from '../lib/errors.js';

export const commands: Command = {
  name: 'commands',
  kind: 'porcelain',
  summary: 'list all commands',
  description: [
    'Lists the commands for people (porcelain) and those for scripts (plumbing), each with its summary, and then the programs crcache-NAME on the PATH, which run as crcache NAME, each with its path.',
    "With --porcelain or --plumbing, lists only those commands; with both, all of crcache's own.",
    'With --json, prints a list of objects with the keys name, kind (porcelain, plumbing or extension), and summary and aliases, or path.',
  ],
  operands: [],
  options: [
    {name: 'porcelain', summary: 'only commands for people'},
    {name: 'plumbing', summary: 'only commands for scripts'},
    {name: 'names', summary: 'only the names, one a line'},
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {line: 'crcache commands', means: 'all that there is'},
    {line: 'crcache commands --plumbing', means: 'what scripts may rely on'},
    {
      line: 'for name in $(crcache commands --porcelain --names); do crcache help "$name"; done',
      means: 'the help of all that is for people',
    },
  ],
  async run(context, args) {
    if (args.has('names') && args.has('json')) {
      throw new CrcacheError('usage', "option '--names' and option '--json' exclude each other");
    }
    const entries = listEntries(context, args);
    await context.stdout.write(renderEntries(context, args, entries));
    return undefined;
  },
};

type Entry =
  | {
      readonly name: string;
      readonly kind: Kind;
      readonly summary: string;
      readonly aliases: readonly string[];
    }
  | {readonly name: string; readonly kind: 'extension'; readonly path: string};

function listEntries({commands, env}: Context, args: Arguments): readonly Entry[] {
  const own = commands.map(({name, kind, summary, aliases = []}) => ({
    name,
    kind,
    summary,
    aliases,
  }));
  if (args.has('porcelain') || args.has('plumbing')) return own.filter(({kind}) => args.has(kind));
  const extensions = listExtensions(env)
    .filter((name) => !own.some((entry) => entry.name === name || entry.aliases.includes(name)))
    .map((name) => ({name, kind: 'extension' as const, path: findExtension(env, name) ?? ''}));
  return [...own, ...extensions];
}

const titles: Readonly<Record<Entry['kind'], string>> = {
  porcelain: 'porcelain, for people',
  plumbing: 'plumbing, for scripts',
  extension: 'programs on the PATH',
};

function renderEntries(context: Context, args: Arguments, entries: readonly Entry[]): string {
  if (args.has('json')) return `${JSON.stringify(entries, undefined, 2)}\n`;
  if (args.has('names')) return entries.map(({name}) => `${name}\n`).join('');
  const title = titleFor(context);
  const width = Math.max(...entries.map(({name}) => name.length)) + 2;
  const kinds = Object.keys(titles) as Entry['kind'][];
  const blocks = kinds.flatMap((kind) => {
    const rows = entries.filter((entry) => entry.kind === kind).map((entry) => row(entry, width));
    return rows.length === 0 ? [] : [[title(titles[kind]), ...rows].join('\n')];
  });
  return blocks.map((block) => `${block}\n`).join('\n');
}

function row(entry: Entry, width: number): string {
  const says = entry.kind === 'extension' ? entry.path : entry.summary;
  return `   ${entry.name.padEnd(width)}${says}`;
}
