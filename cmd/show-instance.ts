import type {Command} from '../lib/cli/command.js';
import {oneInstance} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {instanceFields} from '../lib/operation/instance-fields.js';
import {openCache} from '../lib/operation/open.js';
import {viewInstance, type InstanceView} from '../lib/operation/view-instance.js';
import {checkKey} from '../lib/output/format.js';
import {toJson} from '../lib/output/records.js';
import {safe} from '../lib/output/safe.js';
import {describeFields, textOf, toObject, type Value} from '../lib/output/value.js';

export const showInstance: Command = {
  name: 'show-instance',
  kind: 'plumbing',
  summary: 'show all that is known of an instance',
  description: [
    'Prints a line KEY=VALUE for each thing that is known of the instance or, with a KEY, only that value. What the instance does not have is left out, and is an empty line where it is asked for.',
    describeFields(instanceFields),
    'What its type needs to find it again follows as handle.KEY.',
    'Without -z a value with a control character in it is quoted as in C.',
  ],
  operands: [
    oneInstance,
    {name: 'KEY', optional: true, summary: 'print only the value of this key'},
  ],
  options: [
    {name: 'null', short: 'z', summary: 'end each record with NUL instead of a newline'},
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {line: 'crcache show-instance build-0', means: 'all that is known of it'},
    {line: 'crcache show-instance build-0 directory', means: 'where its files are'},
  ],
  seeAlso: ['crcache-list-instances(1)', 'crcache-status(1)', 'crcache-json(7)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const [word = '', key] = args.operands;
    const view = viewInstance(cache, word);
    const handle = handleOf(view);
    if (key !== undefined) checkKey(key, instanceFields, Object.keys(handle));
    const values =
      key === undefined
        ? {...toObject<InstanceView>(instanceFields, view), ...handle}
        : {[key]: valueOf(view, key)};
    if (args.has('json')) {
      await context.stdout.write(toJson(key === undefined ? values : valueOf(view, key)));
      return undefined;
    }
    const end = args.has('null') ? '\0' : '\n';
    const show = (value: Value): string => (args.has('null') ? textOf(value) : safe(textOf(value)));
    const lines = Object.entries(values)
      .filter(([, value]) => key !== undefined || value !== null)
      .map(([name, value]) => (key === undefined ? `${name}=` : '') + show(value) + end);
    await context.stdout.write(lines.join(''));
    return undefined;
  },
};

function handleOf({handle}: InstanceView): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(handle).map(([key, value]) => [`handle.${key}`, value]));
}

function valueOf(view: InstanceView, key: string): Value {
  const field = Object.entries(instanceFields).find(([name]) => name === key)?.[1];
  return field?.read(view) ?? handleOf(view)[key] ?? null;
}
