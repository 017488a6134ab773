// doctor: which types this machine can have instances of, and what brings the programs that are missing.

import {CrcacheError} from '../errors.js';
import {askProgram} from '../exec.js';
import {readText} from '../files.js';
import {installing, systemOf, systems, type System} from '../source/packages.js';
import type {SourceType} from '../source/source.js';
import {knownType} from './known-types.js';
import {onPath} from './on-path.js';
import type {Cache} from './cache.js';
import type {Diagnosis} from './doctor.js';

/** What each type lacks; a type that is asked for alone is bad where it lacks anything. */
export function diagnoseTypes(cache: Cache, asked: string | undefined): Promise<Diagnosis[]> {
  const names = asked === undefined ? cache.types.names() : [asked];
  return Promise.all(names.map((name) => diagnoseType(cache, name, asked !== undefined)));
}

async function diagnoseType(cache: Cache, name: string, isAsked: boolean): Promise<Diagnosis> {
  const type = knownType(cache.types, name);
  const subject = `type ${name}`;
  const missing = (type.needs ?? []).filter((some) => some.every((each) => !isThere(cache, each)));
  const worst = isAsked ? 'bad' : 'note';
  if (missing.length === 0) {
    const obstacle = await obstacleOf(cache, type);
    if (obstacle !== undefined) return {is: worst, subject, ...obstacle};
    return {is: 'ok', subject, words: 'all programs that it calls are here'};
  }
  const words = `there is no ${missing.map((some) => some.map((each) => `'${each}'`).join(' or ')).join(', no ')}`;
  return {is: worst, subject, words, hint: hintFor(missing)};
}

/** Why this machine can have none though all programs are here, as the type knows or finds. */
async function obstacleOf(
  cache: Cache,
  type: SourceType,
): Promise<Pick<Diagnosis, 'words' | 'hint'> | undefined> {
  try {
    const {env, cwd} = cache.caller;
    const words = await type.obstacle?.((program, more) => askProgram(program, more, {env, cwd}));
    return words === undefined ? undefined : {words};
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    return {words: error.message, hint: error.hint};
  }
}

function isThere(cache: Cache, program: string): boolean {
  return onPath(cache, program) !== undefined;
}

/** The line for this machine, or for all where that is none of those. */
function hintFor(missing: readonly (readonly string[])[]): string | undefined {
  const own = systemOf(readText('/etc/os-release'));
  const all = own === undefined ? (Object.keys(systems) as System[]) : [own];
  const lines = all.flatMap((system) => {
    const each = missing.map((some) => some.map((one) => installing(one, system)).find(Boolean));
    return [...new Set(each)].filter((line) => line !== undefined);
  });
  return lines.length === 0 ? undefined : lines.join(own === undefined ? ', or ' : ' && ');
}
