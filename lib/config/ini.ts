// Reads INI text and knows the line of each value. The `ini` package reads each line by itself, so that
// what it says has a line number. It drops or cuts in silence what it does not understand; here nothing
// is lost: what cannot be read as it is meant is a problem with its line.
//
// Blank lines and lines that begin with ; or # are nothing. A comment after a value begins with a blank and
// ; or #. Inside "…" the escapes are those of JSON, inside '…' there are none, outside of them \; \# and \\
// stand for the character. A key without '=' stands alone. Keys before any section are in [DEFAULT].

import {parse} from 'ini';
import {excerpt} from './problem.js';

export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** The key had no '='; its value is 'true'. */
  readonly isAlone: boolean;
  readonly line: number;
}

export interface IniProblem {
  readonly line: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface IniText {
  readonly entries: readonly IniEntry[];
  /** Each section's heading, as often as it stands in the text. */
  readonly sections: readonly {readonly name: string; readonly line: number}[];
  readonly problems: readonly IniProblem[];
}

export const defaultSection = 'DEFAULT';

type Line =
  | {readonly is: 'nothing'}
  | {readonly is: 'section'; readonly name: string}
  | {readonly is: 'entry'; readonly key: string; readonly value: string; readonly isAlone: boolean}
  | {readonly is: 'problem'; readonly message: string; readonly hint?: string};

export function readIni(text: string): IniText {
  const entries: IniEntry[] = [];
  const sections: {name: string; line: number}[] = [];
  const problems: IniProblem[] = [];
  let section = defaultSection;
  let line = 0;
  for (const words of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    line += 1;
    const read = readLine(words);
    if (read.is === 'section') {
      section = read.name;
      sections.push({name: section, line});
    } else if (read.is === 'entry') {
      entries.push({section, key: read.key, value: read.value, isAlone: read.isAlone, line});
    } else if (read.is === 'problem') {
      problems.push({line, message: read.message, hint: read.hint});
    }
  }
  return {entries, sections, problems};
}

/** Control characters, what was no UTF-8, and the separators at which the package stops reading. */
const unreadable = /[\x00-\x08\x0a-\x1f\x7f\u2028\u2029\uFFFD]/;

function readLine(words: string): Line {
  if (/^\s*([;#]|$)/.test(words)) return {is: 'nothing'};
  if (unreadable.test(words)) {
    return problem('this line is not text', 'it has a control character, or is not UTF-8');
  }
  if (/^\s*\[/.test(words)) return readHeading(words);
  const equals = words.indexOf('=');
  if (equals === -1) return readAlone(words);
  const key = words.slice(0, equals).trim();
  if (!isKey(key)) return noKey(key);
  return readValue(key, words.slice(equals + 1));
}

function readHeading(words: string): Line {
  const name = /^\s*\[([^[\]]*)\]\s*([;#].*)?$/.exec(words)?.[1];
  if (name === undefined) return problem('this is not a section', 'write [DEFAULT]');
  return {is: 'section', name: name.trim()};
}

function readAlone(words: string): Line {
  const key = words.replace(/\s[;#].*$/, '').trim();
  return isKey(key) ? {is: 'entry', key, value: 'true', isAlone: true} : noKey(key);
}

function isKey(word: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]*$/.test(word);
}

function noKey(word: string): Line {
  return problem(
    `'${excerpt(word)}' is not a key`,
    'write KEY=VALUE, with the value on the same line',
  );
}

function readValue(key: string, written: string): Line {
  const quoted = /^\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:[;#].*)?$/.exec(written);
  const [, escaped, plain] = quoted ?? [];
  if (plain !== undefined) return entry(key, JSON.stringify(plain));
  if (escaped !== undefined) {
    const isJson = isJsonString(`"${escaped}"`);
    return isJson
      ? entry(key, `"${escaped}"`)
      : problem(`'${key}' has a wrong escape`, wrongEscape);
  }
  return readUnquoted(key, written);
}

const wrongEscape = "write \\\\ for a backslash in double quotes, or use '…'";

function readUnquoted(key: string, written: string): Line {
  const {kept, comment} = splitComment(written);
  const mark = comment.charAt(0);
  if (mark !== '' && !/\s$/.test(kept)) {
    return problem(
      `'${key}' has a '${mark}' within its value`,
      `write \\${mark}, or the whole value in '…'; before a comment leave a blank`,
    );
  }
  const open = [`"`, `'`].find((quote) => isOpen(quote, kept, comment));
  if (open !== undefined) {
    return problem(`'${key}' has a ${open} that is not closed`, 'put the whole value in quotes');
  }
  return entry(key, kept);
}

/** Whether a quote is open at the end of a value: at its beginning, or where a comment closes it. */
function isOpen(quote: string, kept: string, comment: string): boolean {
  const isOdd = kept.split(quote).length % 2 === 0;
  return isOdd && (kept.trim().startsWith(quote) || comment.includes(quote));
}

/** The text before the first ; or # that has no backslash, and the text from there on. */
function splitComment(written: string): {kept: string; comment: string} {
  const kept = /^(?:\\.|[^;#])*/.exec(written)?.[0] ?? '';
  return {kept, comment: written.slice(kept.length)};
}

/** What the package makes of one line; it turns true, false and null into what they are in JSON. */
function entry(key: string, words: string): Line {
  const value = String(parse(`${key}=${words}`, {bracketedArray: false})[key]);
  if (value.includes('\0')) return problem(`'${key}' has a NUL in its value`);
  return {is: 'entry', key, value, isAlone: false};
}

function isJsonString(words: string): boolean {
  try {
    return typeof JSON.parse(words) === 'string';
  } catch {
    return false;
  }
}

/** A value as it is written after '=', so that readIni reads it back. */
export function writeIniValue(value: string): string {
  if (
    /^(?:[^\s;#"'\\\x7f\u2028\u2029](?:[^;#"'\\\p{Cc}\u2028\u2029]*[^\s;#"'\\\p{Cc}\u2028\u2029])?)?$/u.test(
      value,
    )
  )
    return value;
  if (!/['\p{Cc}\u2028\u2029]/u.test(value)) return `'${value}'`;
  return JSON.stringify(value).replace(
    /[\x7f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function problem(message: string, hint?: string): Line {
  return {is: 'problem', message, ...(hint === undefined ? {} : {hint})};
}
