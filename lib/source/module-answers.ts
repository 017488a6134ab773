// What the verbs of a module answer, as far as it is wanted to be of one kind: a module is checked by no compiler of ours.

import type {Capabilities, SourceType} from './source.js';

type Fields = Readonly<Record<string, unknown>>;

/** Whether an answer is of the kind that is wanted, and what that is. */
interface Wanted {
  readonly what: string;
  readonly is: (answer: unknown) => boolean;
}

const anyOf =
  (...words: readonly unknown[]) =>
  (value: unknown): boolean =>
    words.includes(value);

const isBoolean = anyOf(true, false);

const capabilities: {readonly [Name in keyof Capabilities]: (value: unknown) => boolean} = {
  isolation: anyOf('none', 'process', 'root', 'machine'),
  sharesFiles: isBoolean,
  copies: anyOf(undefined, 'copy', 'link', 'symlink'),
  reset: isBoolean,
  survivesReboot: isBoolean,
  imports: anyOf('bind', 'bind-anew', 'copy'),
  root: anyOf(true, false, 'caller'),
  network: anyOf('own', 'shared'),
  reboot: isBoolean,
  park: isBoolean,
};

/** An object of texts that a file of lines KEY=VALUE, and an environment, can have. */
function isHandle(answer: unknown): boolean {
  return (
    isObject(answer) &&
    Object.entries(answer).every(
      ([key, value]) =>
        /^[A-Za-z][A-Za-z0-9._-]*$/.test(key) &&
        typeof value === 'string' &&
        !/[\0\r\n]/.test(value),
    )
  );
}

function isObject(answer: unknown): answer is Fields {
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer);
}

const handle: Wanted = {what: 'an object of texts of one line each', is: isHandle};

/** What is wanted of verbs that answer; of all others it is nothing. */
export const wantedOf: {readonly [Verb in keyof SourceType]?: Wanted} = {
  identify: handle,
  make: handle,
  runScript: {what: 'a text', is: (answer) => typeof answer === 'string' && answer !== ''},
  probe: {
    what: 'a number of cores',
    is: (answer) => Number.isInteger(answer) && Number(answer) > 0,
  },
  check: {what: 'true or false', is: isBoolean},
  list: {
    what: 'an array of {name, incarnation, handle}',
    is: (answer) =>
      Array.isArray(answer) &&
      answer.every(
        (each: unknown) =>
          isObject(each) &&
          typeof each['name'] === 'string' &&
          typeof each['incarnation'] === 'string' &&
          isHandle(each['handle']),
      ),
  },
};

/** The first of its capabilities that a module does not tell as one; undefined where it tells all. */
export function wrongCapability(answer: unknown): string | undefined {
  const fields = isObject(answer) ? answer : {};
  return Object.entries(capabilities).find(([name, is]) => !is(fields[name]))?.[0];
}
