// Where a program that was started again (again.ts) is to look from, which it is told in its environment and nobody
// that it starts.

type Environment = Readonly<Record<string, string | undefined>>;

const key = 'CRCACHE_ASKED_FROM';

export function withAskedFrom(env: Environment, directory: string): Environment {
  return {...env, [key]: directory};
}

export function withoutAskedFrom({env, cwd}: {readonly env: Environment; readonly cwd: string}): {
  readonly askedFrom: string;
  readonly env: Environment;
} {
  const {[key]: askedFrom} = env;
  return askedFrom === undefined
    ? {askedFrom: cwd, env}
    : {askedFrom, env: {...env, [key]: undefined}};
}
