// Files of data, YAML or JSON (which is YAML), and parts of them: FILE, or FILE:path.to.part.

import {CrcacheError} from '../errors.js';
import {placeOf} from './problem.js';
import {readConfigFile} from './read-file.js';

export type Data =
  null | boolean | number | string | readonly Data[] | {readonly [key: string]: Data};

/** What has keys. */
export type Mapping = Exclude<Extract<Data, object>, readonly Data[]>;

export interface Part {
  /** What the word names, for messages. */
  readonly name: string;
  readonly file: string;
  /** The keys that lead to it. */
  readonly steps: readonly string[];
  readonly data: Data;
}

/** Reads what a word FILE or FILE:path.to.part names; the file is looked for from `cwd`. */
export async function readPart(word: string, cwd: string): Promise<Part> {
  const whole = readConfigFile(inside(word, cwd));
  const [, file = word, path] = whole === undefined ? (/^([^]+):([^:]*)$/.exec(word) ?? []) : [];
  const read = whole ?? readConfigFile(inside(file, cwd));
  if (read === undefined) throw new CrcacheError('usage', `there is no file '${file}'`);
  if (read.problem !== undefined) {
    throw new CrcacheError('usage', `'${file}': ${read.problem.message}`);
  }
  const steps = path === undefined || path === '' ? [] : path.split('.');
  const data = steps.reduce(stepInto(word), await parseData(read.text, file));
  return {name: word, file, steps, data};
}

const inside = (file: string, cwd: string): string =>
  file.startsWith('/') ? file : `${cwd}/${file}`;

function stepInto(word: string): (data: Data, step: string) => Data {
  return (data, step) => {
    const next = isMapping(data)
      ? ownOf(data, step)
      : Array.isArray(data)
        ? itemOf(data, step)
        : undefined;
    if (next !== undefined) return next;
    throw new CrcacheError('usage', `'${word}': there is no '${step}'`);
  };
}

function ownOf(data: Mapping, key: string): Data | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function itemOf(items: readonly Data[], step: string): Data | undefined {
  return /^[0-9]+$/.test(step) ? items[Number(step)] : undefined;
}

export function isMapping(data: Data): data is Mapping {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

/** Keys are words, '01' and '1.50' too; with '<<' one mapping takes over what another has. */
const parsing = {stringKeys: true, merge: true, logLevel: 'error', prettyErrors: true} as const;

/** What the parser says in words of its own interface. */
const inOurWords: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'there is more than one document',
  NON_STRING_KEY: 'a key is one word',
};

async function parseData(text: string, file: string): Promise<Data> {
  const {parseDocument} = await import('yaml');
  const document = parseDocument(text, parsing);
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line ?? 0;
    const [message = ''] = error.message.split(/ at line [0-9]+|\n/);
    const why = inOurWords[error.code] ?? lowerCase(message);
    throw new CrcacheError('usage', `${placeOf({file, line})}: ${why}`);
  }
  const data = inFile(file, () => document.toJS() as Data);
  if (!endsSomewhere(data)) {
    throw new CrcacheError('usage', `${file}: an alias leads back to what holds it`);
  }
  return data;
}

/** Too many aliases, or one of nothing, are found by who makes data of a document. */
function inFile(file: string, make: () => Data): Data {
  try {
    return make();
  } catch (problem) {
    if (!(problem instanceof Error)) throw problem;
    throw new CrcacheError('usage', `${file}: ${lowerCase(problem.message)}`);
  }
}

/** Whether nothing is part of itself. */
function endsSomewhere(data: Data, above: readonly Data[] = []): boolean {
  if (typeof data !== 'object' || data === null) return true;
  if (above.includes(data)) return false;
  const parts: readonly Data[] = Array.isArray(data) ? data : Object.values(data);
  return parts.every((part) => endsSomewhere(part, [...above, data]));
}

const lowerCase = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1);
