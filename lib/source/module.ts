// Types that are modules: `type=./mine.mjs` in source.conf names a file that exports `type`, which is a SourceType.
//
// What goes wrong in one is the module's affair, and no bug of crcache: it is told with the module's name and the verb.

import {createRequire} from 'node:module';
import {CrcacheError, messageOf} from '../errors.js';
import {exists} from '../files.js';
import {KeyProblem, type KeyTable} from '../keys.js';
import {wantedOf, wrongCapability} from './module-answers.js';
import type {SourceType} from './source.js';

const verbs = [
  'capabilities',
  'identify',
  'make',
  'runScript',
  'probe',
  'check',
  'checkpoint',
  'endAll',
  'reset',
  'discard',
  'list',
] as const satisfies readonly (keyof SourceType)[];

/** What a type may have besides. */
const others = [
  'obstacle',
  'places',
  'machines',
  'machineOf',
  'standsOn',
  'leavesBelow',
  'sshConfig',
  'filesAt',
  'address',
  'canBind',
  'bind',
  'unbind',
  'park',
  'resume',
  'reboot',
] as const satisfies readonly (keyof SourceType)[];

type Verb = (typeof verbs)[number] | (typeof others)[number];

/** The type that a file exports, or undefined where a name is no file's or there is no such file. */
export function loadModule(path: string): SourceType | undefined {
  if (!path.startsWith('/') || !exists(path)) return undefined;
  const {type} = requireAt(path) as {readonly type?: Partial<SourceType>};
  const missing = verbs.filter((verb) => typeof type?.[verb] !== 'function');
  if (type === undefined || missing.length > 0) {
    throw new CrcacheError(
      'usage',
      `'${path}' exports no type: ${type === undefined ? "'type'" : missing.join(', ')} is missing`,
      'crcache-source-types(7) tells what a type is',
    );
  }
  const keys = keysOf(path, type.keys ?? {});
  const given = [...verbs, ...others].filter((verb) => typeof type[verb] === 'function');
  const guarded = given.map((verb) => [verb, guard(path, type as SourceType, verb)] as const);
  return {
    ...(type as SourceType),
    ...(Object.fromEntries(guarded) as Pick<SourceType, (typeof verbs)[number]>),
    summary: type.summary ?? path,
    keys,
    name: path,
  };
}

/** Its keys; what goes wrong where one is read is what is wrong with the value. */
function keysOf(path: string, keys: KeyTable): KeyTable {
  const guarded = Object.entries(keys).map(([name, key]) => {
    if (!['summary', 'parse', 'show'].every((part) => part in (Object(key) as object))) {
      const wanted = 'summary, parse and show';
      throw new CrcacheError('usage', `'${path}' exports the key '${name}' without ${wanted}`);
    }
    const read = (text: string): unknown => {
      try {
        return key.parse(text);
      } catch (error) {
        throw error instanceof KeyProblem
          ? error
          : new KeyProblem(`another value: ${messageOf(error)}`);
      }
    };
    return [name, {...key, parse: read}] as const;
  });
  return Object.fromEntries(guarded);
}

/** A verb whose failures, and answers of the wrong kind, are told as the module's. */
function guard(path: string, type: SourceType, verb: Verb): (...given: unknown[]) => unknown {
  const called = type as unknown as Readonly<Record<Verb, (...given: unknown[]) => unknown>>;
  const fail = (error: unknown): never => {
    if (error instanceof CrcacheError) throw error;
    throw new CrcacheError(
      'failed',
      `'${path}' ${verb}: ${messageOf(error)}`,
      placeIn(path, error),
    );
  };
  const look = (answer: unknown): unknown => {
    const wrong = whatIsWrong(verb, answer);
    if (wrong === undefined) return answer;
    throw new CrcacheError('failed', `'${path}' ${verb}: ${wrong}`);
  };
  return (...given) => {
    try {
      const answer = called[verb](...given);
      return answer instanceof Promise ? answer.then(look, fail) : look(answer);
    } catch (error) {
      return fail(error);
    }
  };
}

function whatIsWrong(verb: Verb, answer: unknown): string | undefined {
  if (verb === 'capabilities') {
    const name = wrongCapability(answer);
    return name === undefined ? undefined : `'${name}' is missing, or none of its values`;
  }
  const wanted = wantedOf[verb];
  return wanted === undefined || wanted.is(answer) ? undefined : `it is to answer ${wanted.what}`;
}

/** Where in the module it was thrown. */
function placeIn(path: string, error: unknown): string | undefined {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return lines.find((line) => line.includes(path))?.trim();
}

function requireAt(path: string): unknown {
  try {
    return createRequire(path)(path);
  } catch (error) {
    const [what = ''] = String(error).split('\n');
    throw new CrcacheError('usage', `cannot load '${path}': ${what}`);
  }
}
