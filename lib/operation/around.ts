// What a source puts around the commands in its instances: hooks before and after each, and a command line in front of
// it. It stands at the head of an instance's run script, so that it is there on every way into the instance; a source
// that has nothing of it has nothing there.
//
// Only the script that is called knows it, for all levels: that of an instance that stands on another one has that one's,
// too. Who is to be let through says so in the environment, as CRCACHE_RUN_INSIDE='NAME HOW'.

import {dirname} from 'node:path';
import {phaseHasHooks} from '../hook/run-hooks.js';
import {quote} from '../quote.js';
import type {Cache} from './cache.js';
import {hookDirectory, levelsOf, type Instance} from './instance.js';

export interface Around {
  readonly hasHooks: boolean;
  /** Words of sh, those of the lowest level first; '' where there are none. */
  readonly wrapper: string;
}

/** 'plain': nothing is around it; 'wrapper': the hooks are run already. */
type How = 'plain' | 'wrapper';

export function aroundOf(cache: Cache, instance: Instance): Around {
  const levels = levelsOf(cache, instance).reverse();
  const directories = levels.flatMap((level) => hookDirectory(level) ?? []);
  return {
    hasHooks: directories.some((directory) =>
      (['pre-run', 'post-run'] as const).some((phase) => phaseHasHooks(directory, phase)),
    ),
    wrapper: levels.flatMap(({facts}) => facts.settings['run-wrapper'] ?? []).join(' '),
  };
}

/** What lets a command into an instance; nothing where there is nothing that it has to pass. */
export function inside(
  cache: Cache,
  instance: Instance,
  how: How,
): Readonly<Record<string, string>> {
  const {hasHooks, wrapper} = aroundOf(cache, instance);
  if (!hasHooks && wrapper === '') return {};
  return {CRCACHE_RUN_INSIDE: `${instance.name} ${how}`};
}

/** A run script with all that is around commands in front of its own beginning. */
export function putAround(cache: Cache, instance: Instance, script: string): string {
  const {hasHooks, wrapper} = aroundOf(cache, instance);
  if (!hasHooks && wrapper === '') return script;
  const wrap = wrapper === '' ? ':' : `set -- ${wrapper} "$@"`;
  const handOver = `exec "$crcache_program" --state-dir ${quote(cache.store.directory)} wrap-command ${instance.name} -- "$@"`;
  const launcher = `${dirname(cache.caller.program.at(-1) ?? '')}/../cmd/crcache`;
  const head = `if [ -z "\${crcache_upper:-}" ]; then
  crcache_program=${quote(launcher)}
  [ -x "$crcache_program" ] || crcache_program=crcache
  case \${CRCACHE_RUN_INSIDE:-} in
    '${instance.name} plain') ;;
    '${instance.name} wrapper') ${wrap} ;;
    *) ${hasHooks ? handOver : wrap} ;;
  esac
  unset CRCACHE_RUN_INSIDE
fi
`;
  const afterFirstLine = script.indexOf('\n') + 1;
  return script.slice(0, afterFirstLine) + head + script.slice(afterFirstLine);
}

/** A command with what is in front of it, for who starts it by other ways than the instance's run script. */
export function wrapped(cache: Cache, instance: Instance, words: readonly string[]): string[] {
  const {wrapper} = aroundOf(cache, instance);
  return wrapper === '' ? [...words] : ['sh', '-c', `exec ${wrapper} "$@"`, 'sh', ...words];
}
