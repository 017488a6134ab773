import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {abilitiesOf} from '../lib/operation/needs.js';
import {openCache} from '../lib/operation/open.js';
import {keysOf, settingsOf, type Setting} from '../lib/operation/settings.js';
import {checkKey} from '../lib/output/format.js';
import {toJson} from '../lib/output/records.js';
import {safe} from '../lib/output/safe.js';

export const showSource: Command = {
  name: 'show-source',
  kind: 'plumbing',
  summary: 'show the settings of a source that are in effect',
  description: [
    'Prints a line KEY=VALUE for each key of the source that has a value, as it can stand in source.conf or, with a KEY, only its value as it is; a key that repeats has several lines, one without a value has none.',
    "With --origin each line begins with where the value comes from, and a tab: FILE:LINE, 'default', or 'probe' for a concurrency that was found out when instances were made. Defaults for all sources of a root come from its crcache.conf.",
    'Without a KEY the last line is a comment that says what all its instances can do, in the words of crcache acquire --need.',
    'A source whose configuration has been removed is shown as it was when its instances were made. The source.conf of a source is printed by crcache list-sources --format=%(config), its effective limits are %(min) and %(max).',
    'With --json it prints a list of objects with the keys key, value and origin.',
  ],
  operands: [
    {name: 'NAME', completes: 'source', summary: 'the source'},
    {name: 'KEY', optional: true, summary: 'print only the value of this key'},
  ],
  options: [
    {name: 'origin', summary: 'say where each value comes from'},
    {name: 'null', short: 'z', summary: 'end each record with NUL instead of a newline'},
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {line: 'crcache show-source build --origin', means: 'all settings, and where they come from'},
    {line: 'crcache show-source build maximum', means: 'one of them'},
  ],
  seeAlso: ['crcache-check-source(1)', 'crcache-list-sources(1)', 'crcache-source.conf(5)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const [name = '', key] = args.operands;
    const source = cache.source(name);
    if (key !== undefined) checkKey(key, {}, Object.keys(keysOf(cache, source)));
    const all = settingsOf(cache, source).filter((each) => key === undefined || each.key === key);
    if (args.has('json')) {
      const shown = all.map(({key: name, value, origin}) => ({key: name, value, origin}));
      await context.stdout.write(toJson(shown));
      return undefined;
    }
    const end = args.has('null') ? '\0' : '\n';
    const show = args.has('null') ? (text: string) => text : safe;
    const lineOf = ({key: name, value, written, origin}: Setting): string =>
      (args.has('origin') ? `${show(origin)}\t` : '') +
      (key === undefined ? `${name}=${written}` : show(value));
    const isWhole = key === undefined && !args.has('null') && !args.has('origin');
    const abilities = isWhole ? [`# abilities: ${abilitiesOf(cache, source).join(', ')}`] : [];
    await context.stdout.write(
      [...all.map(lineOf), ...abilities].map((line) => line + end).join(''),
    );
    return undefined;
  },
};
