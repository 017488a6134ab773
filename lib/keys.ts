// The keys of source.conf. Each is declared once, in a table, by the type that knows it: parsing, checking,
// `crcache show-source` and the manual come from that table. A value's text is read by `parse`, which
// throws a KeyProblem with what it wants instead; `show` writes text that `parse` reads back.

import {parseBoolean} from './boolean.js';
import {areShellWords} from './shell-words.js';
import {formatDuration, formatSize, parseDuration, parseSize} from './units.js';

export {formatDuration, parseDuration};

export interface Key<Value> {
  /** What stands for the value in the manual: N, DURATION, NAME,… */
  readonly value: string;
  /** The value where the file has none. */
  readonly fallback: Value;
  readonly isRequired?: boolean;
  /** The keys of which one may be given in the place of a required one. */
  readonly unless?: readonly string[];
  /** Another name for it. */
  readonly alias?: string;
  /** May stand on several lines: the value is a list, and each line adds to it. */
  readonly repeats?: boolean;
  /** May stand without '=', which means true. */
  readonly isFlag?: boolean;
  /** One sentence for the manual. */
  readonly summary: string;
  parse(text: string): Value;
  show(value: Value): string;
}

export type KeyTable = Readonly<Record<string, Key<unknown>>>;

/** Whether a word is the name of a key of a table. */
export function isNameOf([name, {alias}]: readonly [string, Key<unknown>], word: string): boolean {
  return word === name || word === alias;
}

/** The values that a table's keys have in one source. */
export type SettingsOf<Table extends KeyTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Key<infer Value> ? Value : never;
};

/** A value that cannot be read; `wants` completes the sentence "'maximum' wants …". */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
  readonly wants: string;
  /** What was given is for no message to repeat. */
  readonly isSecret: boolean;

  constructor(wants: string, {isSecret = false} = {}) {
    super(`wants ${wants}`);
    this.wants = wants;
    this.isSecret = isSecret;
  }
}

interface Kind<Value> {
  readonly value: string;
  /** Completes "wants …" when `read` answers undefined. */
  readonly wants: string;
  readonly read: (text: string) => Value | undefined;
  readonly show?: (value: Value) => string;
}

/** A key of some kind; without a fallback its value may be undefined. */
function keyOf<Value, Fallback>(
  summary: string,
  fallback: Fallback,
  kind: Kind<Value>,
): Key<Value | Fallback> {
  const show = kind.show ?? String;
  return {
    value: kind.value,
    fallback,
    summary,
    parse(text) {
      const value = kind.read(text);
      if (value === undefined) throw new KeyProblem(kind.wants);
      return value;
    },
    show: (value) => (value === undefined ? '' : show(value as Value)),
  };
}

/** The same key, but the file must have it. */
export function required<Value>(key: Key<Value>): Key<Exclude<Value, undefined>> {
  return {...key, isRequired: true} as Key<Exclude<Value, undefined>>;
}

/** The same key, but the file must have it or one of the others. */
export function requiredUnless<Value>(others: readonly string[], key: Key<Value>): Key<Value> {
  return {...key, isRequired: true, unless: others};
}

/** The same key, on as many lines as one likes. */
export function repeated<Value>(key: Key<Value>): Key<readonly Exclude<Value, undefined>[]> {
  type Item = Exclude<Value, undefined>;
  return {
    value: key.value,
    fallback: [],
    repeats: true,
    summary: key.summary,
    parse: (text) => [key.parse(text) as Item],
    show: (values) => values.map((value) => key.show(value)).join(', '),
  };
}

/** A whole number; `atLeast` is 0 unless given. */
export function count<Fallback extends number | undefined = undefined>(
  summary: string,
  fallback?: Fallback,
  atLeast = 0,
): Key<number | Fallback> {
  return keyOf(summary, fallback as Fallback, {
    value: 'N',
    wants: `a whole number from ${String(atLeast)} to ${String(largestCount)}`,
    read: (text) => {
      const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : -1;
      return number < atLeast ? undefined : number;
    },
  });
}

/** An instance's number has at most nine digits. */
const largestCount = 999_999_999;

export function text<Fallback extends string | undefined = undefined>(
  summary: string,
  fallback?: Fallback,
  value = 'TEXT',
): Key<string | Fallback> {
  return keyOf(summary, fallback as Fallback, {
    value,
    wants: 'a value that is not empty',
    read: (words) => (words === '' ? undefined : words),
  });
}

/** Words of sh that are put in front of others. */
export function shellWords(summary: string): Key<string | undefined> {
  return keyOf<string, undefined>(summary, undefined, {
    value: 'COMMAND',
    wants: "words of sh in which every quote is closed, with ; & | < > ( ) ` and # only in '…'",
    read: (words) => (areShellWords(words) ? words : undefined),
  });
}

/** A path as it is written. */
export function path<Fallback extends string | undefined = undefined>(
  summary: string,
  fallback?: Fallback,
): Key<string | Fallback> {
  return keyOf(summary, fallback as Fallback, {
    value: 'PATH',
    wants: 'a path',
    read: (words) => (words === '' ? undefined : words),
  });
}

/** Words between commas. */
export function list(
  summary: string,
  fallback: readonly string[] = [],
  value = 'NAME,...',
): Key<readonly string[]> {
  return keyOf<readonly string[], readonly string[]>(summary, fallback, {
    value,
    wants: 'words with commas between them',
    read: (words) => {
      const items = splitList(words);
      const twice = items.find((item, index) => items.indexOf(item) !== index);
      if (twice !== undefined) throw new KeyProblem(`'${twice}' only once`);
      return items.length === 0 && words !== '' ? undefined : items;
    },
    show: (items) => items.join(', '),
  });
}

/** The words of 'a, b,c'; empty ones do not count. */
function splitList(words: string): string[] {
  return words
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** True or false. */
export function flag(summary: string, fallback = false): Key<boolean> {
  const key = keyOf<boolean, boolean>(summary, fallback, {
    value: 'BOOLEAN',
    wants: 'true or false',
    read: parseBoolean,
  });
  return {...key, isFlag: true};
}

/** One of a few words. */
export function choice<
  const Word extends string,
  Fallback extends NoInfer<Word> | undefined = undefined,
>(summary: string, words: readonly Word[], fallback?: Fallback): Key<Word | Fallback> {
  return keyOf(summary, fallback as Fallback, {
    value: words.join('|'),
    wants: `one of ${words.join(', ')}`,
    read: (written) => words.find((word) => word === written),
  });
}

/** A number from 0 to 1. */
export function probability(summary: string, fallback = 0): Key<number> {
  return keyOf<number, number>(summary, fallback, {
    value: '0..1',
    wants: 'a number from 0 to 1',
    read: (digits) => {
      const number = /^[0-9]*\.?[0-9]+$/.test(digits) ? Number(digits) : NaN;
      return number <= 1 ? number : undefined;
    },
  });
}

/** A time span in milliseconds; `fallback` in milliseconds too. */
export function duration<Fallback extends number | undefined = undefined>(
  summary: string,
  fallback?: Fallback,
  least = 0,
): Key<number | Fallback> {
  return keyOf(summary, fallback as Fallback, {
    value: 'DURATION',
    wants: `a time${least > 0 ? ' above 0,' : ''} such as 90s, 10m, 2h or 1d`,
    read: (text) => atLeast(least, parseDuration(text)),
    show: formatDuration,
  });
}

const atLeast = (least: number, number: number | undefined): number | undefined =>
  number === undefined || number < least ? undefined : number;

/** A number of bytes. */
export function size<Fallback extends number | undefined = undefined>(
  summary: string,
  fallback?: Fallback,
): Key<number | Fallback> {
  return keyOf(summary, fallback as Fallback, {
    value: 'SIZE',
    wants: 'a size such as 512M or 2G',
    read: parseSize,
    show: formatSize,
  });
}
