// Makes the cache that operations stand on, from what a program knows of its surroundings.

import {Configuration} from '../config/sources.js';
import {findRoots, type Surroundings} from '../config/roots.js';
import {CrcacheError} from '../errors.js';
import {Types} from '../source/registry.js';
import type {Step} from '../steps.js';
import type {Change} from '../store/source-state.js';
import {Store} from '../store/store.js';
import {Workshop} from '../store/worker.js';
import type {Trace} from '../trace.js';
import {acquire} from './acquire.js';
import {withoutAskedFrom} from './asked-from.js';
import {Cache} from './cache.js';
import {releaseHeld} from './release.js';

/** What a program knows of its surroundings; a command's context has all of it. */
export interface ProgramFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | undefined;
  readonly user: () => string;
  readonly uid: number;
  /** The caller's, where this process has another one. */
  readonly umask?: number;
  readonly pid: number;
  /** How to start this program again. */
  readonly program: readonly [string, ...string[]];
  /** The command line, for people who ask who holds an instance. */
  readonly commandLine: string;
  readonly now: () => Date;
  readonly trace: Trace;
  readonly step: Step;
  /** Gets what hooks print; nobody does unless given. */
  readonly listen?: (piece: Buffer) => void;
  /** Gets each change of an instance that this process makes. */
  readonly onChange?: (change: Change) => void;
}

/** Opens the cache; nothing is read or made before an operation needs it. */
export function openCache(facts: ProgramFacts, say: (line: string) => void): Cache {
  const {cwd, home, uid, now, trace, step, onChange} = facts;
  const {askedFrom, env} = withoutAskedFrom(facts);
  const from = {env, home, cwd: askedFrom};
  const {roots, warnings} = findRoots(from);
  for (const warning of warnings) trace(warning);
  const types = new Types(env);
  const configuration = new Configuration({roots, types, uid, home});
  const workshop = new Workshop(facts.pid);
  const store = new Store(stateDirectory(from), {workshop, step, trace, now, onChange});
  const caller = {
    get user() {
      return facts.user();
    },
    cwd,
    askedFrom,
    program: facts.program,
    command: facts.commandLine,
    env,
    umask: facts.umask,
    lease: env['CRCACHE_LEASE'] === '' ? undefined : env['CRCACHE_LEASE'],
  };
  return new Cache({
    store,
    configuration,
    types,
    caller,
    say,
    listen: facts.listen ?? (() => undefined),
    below: {acquire, releaseHeld},
  });
}

/** $CRCACHE_DIR, else $XDG_CACHE_HOME/crcache, else ~/.cache/crcache. */
function stateDirectory({env, cwd, home}: Surroundings): string {
  const own = env['CRCACHE_DIR'] ?? '';
  if (own !== '') return own.startsWith('/') ? own : `${cwd}/${own}`;
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  if (xdg.startsWith('/')) return `${xdg}/crcache`;
  if (home?.startsWith('/') === true) return `${home}/.cache/crcache`;
  throw new CrcacheError(
    'usage',
    `there is no place for the state: HOME is ${home === undefined ? 'not set' : `'${home}'`}`,
    'set HOME, or CRCACHE_DIR to a directory',
  );
}
