// Types whose verbs are programs: what a verb is told, how its answer is read, and what it does where a type has none.
//
// A verb finds in its environment
//   CRCACHE_INSTANCE, CRCACHE_INCARNATION, CRCACHE_SOURCE, CRCACHE_INSTANCE_DIR
//   CRCACHE_ID           names this making of the instance for ever, in letters that every backend takes
//   CRCACHE_STORE        what all CRCACHE_ID of this state directory begin with
//   CRCACHE_KEY_NAME     each key of source.conf
//   CRCACHE_HANDLE_NAME  each fact that provision told
//   CRCACHE_BACKING, CRCACHE_BACKING_RUN  what it stands on, and how commands run there
// and answers by its status, and by KEY=VALUE lines where facts are asked for.

import {CrcacheError} from '../errors.js';
import {factsIn, wrongAnswer} from './answers.js';
import {farEntry} from './far/far-side.js';
import {effectiveCores} from './cores.js';
import {idOf, listedIn, prefixOf} from './ids.js';
import {endLocalProcesses} from './local-processes.js';
import type {KeyTable} from '../keys.js';
import {quote} from '../quote.js';
import {scriptOnThisMachine} from './run-script.js';
import type {
  Capabilities,
  Handle,
  InstanceFacts,
  SourceFacts,
  SourceType,
  ToolAnswer,
} from './source.js';

export const verbs = [
  'provision',
  'run',
  'check',
  'checkpoint',
  'end',
  'reset',
  'discard',
  'list',
  'probe',
  'bind',
  'unbind',
  'park',
  'resume',
  'reboot',
] as const;

export type Verb = (typeof verbs)[number];

/** A program and its words. */
export type Words = readonly [string, ...string[]];

export interface ProgrammedType extends Pick<SourceType, 'name' | 'summary' | 'keys'> {
  readonly capabilities: (settings: Settings) => Capabilities;
  readonly places?: SourceType['places'];
  /** Whether `provision`, if it has that, does nothing in what its instances stand on. */
  readonly leavesBelow: (settings: Settings) => boolean;
  /** What is called for a verb; undefined where it has none. */
  readonly callFor: (verb: Verb, settings: Settings) => Words | undefined;
  /** How a command line begins that runs the words after it in the instance, in sh; undefined: the verb does. */
  readonly runPrefix: (facts: InstanceFacts<Settings>) => string | undefined;
}

export type Settings = Readonly<Record<string, unknown>>;

type Instance = InstanceFacts<Settings>;

/** A type whose verbs are programs. */
export function byPrograms(type: ProgrammedType): SourceType {
  const {name, summary, keys, callFor, places} = type;
  const does = (verb: Verb) => async (instance: Instance) => {
    await perform(type, [verb], instance);
  };
  const all: SourceType = {
    name,
    summary,
    keys,
    capabilities: (settings) => type.capabilities(settings),
    ...(places === undefined ? {} : {places}),
    standsOn: ({backing}: Settings) => (typeof backing === 'string' ? [backing] : []),
    leavesBelow: (settings) =>
      callFor('provision', settings) === undefined || type.leavesBelow(settings),
    identify: (instance) => ({id: idOf(instance)}),
    async make(instance) {
      const answer = await perform(type, ['provision'], instance);
      return answer === undefined ? {} : factsIn(answer.stdout, `${type.name} provision`);
    },
    runScript: (instance) => scriptOnThisMachine(instance, runCode(type, instance)),
    async probe(instance) {
      const answer = await perform(type, ['probe'], instance);
      const cores = Number(answer?.stdout.trim() ?? effectiveCores());
      if (Number.isInteger(cores) && cores > 0) return cores;
      throw wrongAnswer(`${type.name} probe`, answer?.stdout ?? '', 'a number of cores');
    },
    async check(instance) {
      const words = callFor('check', instance.settings);
      if (words === undefined) return true;
      const {status} = await call(type, instance, words);
      return status === 0;
    },
    checkpoint: does('checkpoint'),
    async endAll(instance) {
      await perform(type, ['end'], instance);
      await endLocalProcesses(instance);
    },
    reset: does('reset'),
    discard: does('discard'),
    async list(source) {
      const words = callFor('list', source.settings);
      if (words === undefined) return [];
      const answer = await call(type, source, words);
      if (answer.status !== 0) throw failed(`${type.name} list`, answer);
      return answer.stdout.split('\n').flatMap((line) => listedIn(line, source));
    },
    async bind(instance, imports) {
      for (const each of imports)
        await perform(type, ['bind', each.local, each.remote, each.mode], instance);
    },
    async unbind(instance, imports) {
      for (const each of imports)
        await perform(type, ['unbind', each.local, each.remote, each.mode], instance);
    },
    park: does('park'),
    resume: does('resume'),
    reboot: does('reboot'),
  };
  return all;
}

/** Calls a verb; undefined where the type has none, a failure where it fails. */
async function perform(
  type: ProgrammedType,
  [verb, ...words]: readonly [Verb, ...string[]],
  instance: Instance,
): Promise<ToolAnswer | undefined> {
  const program = type.callFor(verb, instance.settings);
  if (program === undefined) return undefined;
  const answer = await call(type, instance, [...program, ...words]);
  if (answer.status !== 0) throw failed(`${type.name} ${verb}`, answer);
  return answer;
}

function call(
  {keys}: ProgrammedType,
  facts: Instance | SourceFacts<Settings>,
  words: Words,
): Promise<ToolAnswer> {
  const known =
    'incarnation' in facts ? environmentOf(keys, facts) : environmentOfSource(keys, facts);
  const env = Object.entries(known).map(([name, value]) => `${name}=${value}`);
  return facts.surroundings.askTool('env', [...env, ...words]);
}

function failed(what: string, {status, stderr}: ToolAnswer): CrcacheError {
  const end = stderr.trim().split('\n').at(-1) ?? '';
  return new CrcacheError(
    'failed',
    `'${what}' ended with status ${String(status)}${end === '' ? '' : `: ${end}`}`,
  );
}

/** What a verb finds in its environment. */
function environmentOf(keys: KeyTable, instance: Instance): Environment {
  const {name, incarnation, directory, handle, backing, settings, storeId} = instance;
  const source = name.slice(0, name.lastIndexOf('-'));
  return {
    ...environmentOfSource(keys, {source, settings, storeId}),
    CRCACHE_INSTANCE: name,
    CRCACHE_INCARNATION: incarnation,
    CRCACHE_ID: idOf(instance),
    CRCACHE_INSTANCE_DIR: directory,
    ...variables('CRCACHE_HANDLE_', handle),
    ...(backing === undefined
      ? {}
      : {
          CRCACHE_BACKING: backing.slice(backing.lastIndexOf('/') + 1),
          CRCACHE_BACKING_RUN: `${backing}/run`,
        }),
  };
}

type Environment = Readonly<Record<string, string>>;

function environmentOfSource(
  keys: KeyTable,
  {source, settings, storeId}: Pick<SourceFacts<Settings>, 'source' | 'settings' | 'storeId'>,
): Environment {
  const given = Object.entries(keys).flatMap(([name, key]): [string, string][] => {
    const value = settings[name];
    return value === undefined ? [] : [[name, key.show(value)]];
  });
  return {
    CRCACHE_SOURCE: source,
    CRCACHE_STORE: prefixOf(storeId),
    ...variables('CRCACHE_KEY_', Object.fromEntries(given)),
  };
}

function variables(prefix: string, facts: Handle): Record<string, string> {
  const named = Object.entries(facts).map(([key, value]) => [
    `${prefix}${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`,
    value,
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

/** Where commands start only the program knows: the user is become there. */
const asTheirUser = `if [ -n "\${CRCACHE_RUN_USER:-}" ]; then
  set -- /bin/sh -c ${quote(farEntry)} sh . "$CRCACHE_RUN_USER" "$crcache_failed" "$@"
  unset CRCACHE_RUN_USER
fi
`;

/** How a run script gets into the instance. */
function runCode(type: ProgrammedType, instance: Instance): string {
  const prefix = type.runPrefix(instance);
  const {backing} = instance;
  const below = backing === undefined ? '' : `export CRCACHE_RUN_BELOW=${quote(backing)}\n`;
  const clean = `${asTheirUser}unset CRCACHE_RUN_FAILED CRCACHE_RUN_TERMINAL CRCACHE_RUN_WHY
${below}case \${1:-} in -*) set -- env -- "$@" ;; esac # a program would take it for an option of its own
`;
  if (prefix !== undefined) return `${clean}exec ${prefix} "$@"`;
  const program = type.callFor('run', instance.settings);
  if (program === undefined) {
    const why = 'it has no verb run, and its provision printed no run=';
    throw new CrcacheError('failed', `nothing runs in instances of type '${type.name}': ${why}`);
  }
  const known = Object.entries(environmentOf(type.keys, instance))
    // The frame sets these.
    .filter(([name]) => name !== 'CRCACHE_INSTANCE' && name !== 'CRCACHE_INCARNATION')
    .map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `${clean}${known.join('')}exec ${program.map(quote).join(' ')} "$@"`;
}
