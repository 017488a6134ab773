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
    'Makes instances of a type, runs commands in them, copies and imports files, resets and discards them, destroys them behind the back of crcache, kills crcache in the middle of each, and prints a table of what every type must do and whether this one does. It is for who writes a type: see crcache-source-types(7). Its status is 1 where anything fails, else 0.',
    "A line is a claim, and what was seen of it: it 'holds'; it 'fails', and SEEN says what came instead; it is 'not claimed' where the type's capabilities do not say so; or it is 'not tried', and SEEN says why: it rests on a claim that fails, which is to be mended first, or this machine lacks something, or there are not enough instances. Each claim is tried by itself, and one that does not come to an end fails when its time is up.",
    'FILE is a source.conf with the keys that the type needs; its line type= may be left out. Where it lacks what the type wants, that is told, with status 2. With maximum=, no more instances are made at once; twenty are, otherwise. State and configuration are in a directory of their own, which goes afterwards together with all that was made, also where check-type is killed (by the next gc where that is killed, too, which would have seen to it); what cannot be discarded is named, and stays: your own instances are neither used nor touched. It may stand on your sources, whose instances are then made there, too.',
    "Messages that are quoted name the sources that it makes: 'checked', and 'kept', which is the same with reserve=1. An instance that is checked has a sh and what POSIX has beside it.",
  ],
  operands: [
    {
      name: 'TYPE',
      completes: 'type',
      summary: 'the type: a name as in source.conf, or the path of a module',
    },
  ],
  options: [
    {name: 'config', value: 'FILE', completes: 'file', summary: 'the keys of the source to try'},
    {name: 'quick', summary: 'leave out what takes long: twenty instances, and kills'},
    {
      name: 'timeout',
      value: 'DURATION',
      summary: 'how long a claim may take; 10m unless given',
    },
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {
      line: 'crcache check-type mine --config mine.conf',
      means: 'does crcache-source-mine on the PATH do what a type must',
    },
    {line: 'crcache check-type sim', means: 'a type that needs no keys'},
  ],
  seeAlso: ['crcache-doctor(1)', 'crcache-source-types(7)'],
  async run(context, args) {
    const {checkType: check} = await import('../lib/operation/check-type/check-type.js');
    const {onGround, requireKeys, sourceDirectories} =
      await import('../lib/operation/check-type/ground.js');
    const {knownType} = await import('../lib/operation/known-types.js');
    const [type = ''] = args.operands;
    const {cwd, env: own} = context;
    const cache = openCache(context, sayTo(context));
    // What is wrong with a file that there is, a claim tells.
    if (!type.includes('/')) knownType(cache.types, type);
    const {program} = cache.caller;
    const others = sourceDirectories(cache);
    const limitMs = args.duration('timeout') ?? 600_000;
    const ground = {type, file: args.value('config'), program, cwd, env: own, others, limitMs};
    const findings = await onGround(ground, async (made, env) => {
      const stage = {...made, limitMs, cache: openCache({...context, env}, sayTo(context))};
      requireKeys(stage.cache, ground);
      const found = await check(stage, {isQuick: args.has('quick')});
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
