import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import type {Finding} from '../lib/operation/check-type/check-type.js';
import {openCache} from '../lib/operation/open.js';
import {toJson} from '../lib/output/records.js';
import {renderTable} from '../lib/output/table.js';

export const checkType: Command = {
  name: 'check-type',
  kind: 'plumbing',
  summary: 'try whether a type keeps its promises',
  description: [
    'Makes instances of a type, runs commands in them, resets and discards them, kills what makes them and what runs in them, and prints a table of what every type must do and whether this one does. It is for who writes a type: see crcache-source-types(7). Its status is 1 where anything fails, else 0.',
    'FILE is a source.conf with the keys that the type needs; its line type= may be left out. State and configuration are in a directory of their own, which goes afterwards together with all that was made, also where check-type is killed; what cannot be discarded is named, and stays: your own instances are neither used nor touched. It may stand on your sources, whose instances are then made there, too.',
    "What a type's capabilities do not say is 'not claimed'.",
  ],
  operands: [
    {name: 'TYPE', summary: 'the type: a name as in source.conf, or the path of a module'},
  ],
  options: [
    {name: 'config', value: 'FILE', completes: 'file', summary: 'the keys of the source to try'},
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {
      line: 'crcache check-type mine --config mine.conf',
      means: 'does crcache-source-mine on the PATH do what a type must',
    },
    {line: 'crcache check-type sim', means: 'a type that needs no keys'},
  ],
  async run(context, args) {
    const {checkType: check} = await import('../lib/operation/check-type/check-type.js');
    const {onGround, sourceDirectories} = await import('../lib/operation/check-type/ground.js');
    const [type = ''] = args.operands;
    const {cwd, env: own} = context;
    const cache = openCache(context, sayTo(context));
    const {program} = cache.caller;
    const others = sourceDirectories(cache);
    const ground = {type, file: args.value('config'), program, cwd, env: own, others};
    const findings = await onGround(ground, async (env) => {
      const found = await check(openCache({...context, env}, sayTo(context)));
      await context.stdout.write(args.has('json') ? toJson(found) : tableOf(found));
      return found;
    });
    return findings.some(({result}) => result === 'fails') ? 1 : undefined;
  },
};

function tableOf(findings: readonly Finding[]): string {
  return renderTable(
    [{title: 'RESULT'}, {title: 'CLAIM'}, {title: 'SEEN'}],
    findings.map(({claim, result, words}) => [result, claim, words]),
  );
}
