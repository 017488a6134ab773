// Types from outside: an executable `crcache-source-NAME` on the PATH, called with a verb. The protocol is told in
// crcache-source-types(7).
//
// What it can is asked once for each start of crcache that has to do with one of its sources: `describe` answers in
// KEY=VALUE lines.

import {CrcacheError} from '../errors.js';
import {askAtOnce} from '../ask-at-once.js';
import {isExecutable} from '../files.js';
import {required, text, type KeyTable} from '../keys.js';
import {areShellWords} from '../shell-words.js';
import {factsIn} from './answers.js';
import {byPrograms, verbs, type Verb} from './by-programs.js';
import type {Capabilities, Handle, SourceType} from './source.js';

export const protocolVersion = '1';

/** The type that an executable on the PATH is, if there is one. */
export function findExternal(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): SourceType | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return undefined;
  const directories = (env['PATH'] ?? '').split(':').filter((each) => each.startsWith('/'));
  const program = directories.map((each) => `${each}/crcache-source-${name}`).find(isExecutable);
  return program === undefined ? undefined : external(name, program, env);
}

function external(
  name: string,
  program: string,
  env: Readonly<Record<string, string | undefined>>,
): SourceType {
  const facts = describe(program, env);
  checkFacts(program, facts);
  const known = verbsIn(facts);
  const isKnown = (verb: Verb): boolean => known.includes(verb);
  const places = facts['places'] === undefined ? undefined : wholeNumber(program, facts['places']);
  return byPrograms({
    name,
    summary: facts['summary'] ?? `what '${program}' makes`,
    keys: keysFrom(facts),
    capabilities: () => capabilitiesFrom(facts, isKnown),
    ...(places === undefined ? {} : {places: () => places}),
    leavesBelow: () => facts['leaves-backing'] === 'yes',
    callFor: (verb) => (isKnown(verb) ? [program, verb] : undefined),
    runPrefix: ({handle}) => prefixIn(name, handle),
  });
}

function verbsIn(facts: Handle): readonly string[] {
  return (facts['verbs'] ?? '').split(' ').filter((verb) => verb !== '');
}

/** The beginning of a command line that provision told. What is not whole would take in the words that follow it. */
function prefixIn(name: string, {run}: Handle): string | undefined {
  if (run === undefined || areShellWords(run)) return run;
  throw new CrcacheError(
    'failed',
    `'${name} provision' tells run as '${run}', which is no beginning of a command line`,
  );
}

function describe(program: string, env: Readonly<Record<string, string | undefined>>): Handle {
  const {status, stdout, stderr} = askAtOnce(program, ['describe'], {
    env: {...env, CRCACHE_PROTOCOL: protocolVersion},
    timeoutMs: 10_000,
    leadsGroup: true,
  });
  if (status !== 0) {
    const end = stderr.trim().split('\n').at(-1) ?? '';
    const why = end === '' ? '' : `: ${end}`;
    throw new CrcacheError(
      'failed',
      `'${program} describe' ended with status ${String(status)}${why}`,
    );
  }
  const facts = factsIn(stdout, `${program} describe`);
  if (facts['protocol'] === protocolVersion) return facts;
  throw new CrcacheError(
    'failed',
    `'${program}' speaks protocol '${facts['protocol'] ?? ''}' of types, and this crcache '${protocolVersion}'`,
    'man crcache-source-types tells what has changed',
  );
}

/** Its keys: 'key.NAME=SUMMARY' or, where a source must have it, 'required.NAME=SUMMARY'. */
function keysFrom(facts: Handle): KeyTable {
  const keys = Object.entries(facts).flatMap(([fact, summary]) => {
    const [, kind, name] = /^(key|required)\.(.+)$/.exec(fact) ?? [];
    if (name === undefined) return [];
    const key = text(summary);
    return [[name, kind === 'required' ? required(key) : key] as const];
  });
  const backing = text('the source whose instances its own stand on', undefined, 'SOURCE');
  return {backing, ...Object.fromEntries(keys)};
}

const isolations = ['none', 'process', 'root', 'machine'] as const;
const yesOrNo = ['yes', 'no'] as const;

/** What describe may tell beside keys, and the words for it; any unless they are here. */
const told: Readonly<Record<string, readonly string[] | undefined>> = {
  protocol: undefined,
  summary: undefined,
  verbs: undefined,
  places: undefined,
  isolation: isolations,
  'shares-files': yesOrNo,
  root: yesOrNo,
  'survives-reboot': yesOrNo,
  'leaves-backing': yesOrNo,
  network: ['own', 'shared'],
};

/** What nobody knows would be passed over in silence: a verb that is not called, commands that run where they should not. */
function checkFacts(program: string, facts: Handle): void {
  const says = `'${program} describe' tells`;
  for (const [fact, word] of Object.entries(facts)) {
    if (/^(key|required)\../.test(fact)) continue;
    if (!Object.hasOwn(told, fact))
      throw new CrcacheError('failed', `${says} '${fact}', which is nothing that a type has`, hint);
    const words = told[fact];
    if (words?.includes(word) === false)
      throw new CrcacheError(
        'failed',
        `${says} ${fact} as '${word}', not as one of ${words.join(', ')}`,
        hint,
      );
  }
  const unknown = verbsIn(facts).find((word) => !verbs.some((verb) => verb === word));
  if (unknown !== undefined)
    throw new CrcacheError(
      'failed',
      `${says} verbs with '${unknown}', which is none`,
      `known are: ${verbs.join(' ')}`,
    );
}

const hint = 'man crcache-source-types lists what there is';

function capabilitiesFrom(facts: Handle, isKnown: (verb: Verb) => boolean): Capabilities {
  return {
    isolation: isolations.find((word) => word === facts['isolation']) ?? 'none',
    sharesFiles: facts['shares-files'] === 'yes',
    reset: isKnown('reset'),
    survivesReboot: facts['survives-reboot'] === 'yes',
    imports: isKnown('bind') ? 'bind' : 'copy',
    root: facts['root'] === 'yes',
    network: facts['network'] === 'own' ? 'own' : 'shared',
    reboot: isKnown('reboot'),
    park: isKnown('park') && isKnown('resume'),
  };
}

function wholeNumber(program: string, word: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(word)) return Number(word);
  throw new CrcacheError(
    'failed',
    `'${program} describe' tells places as '${word}', which is no number`,
  );
}
