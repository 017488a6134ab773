// Text as roff wants it, for manual pages.

import {wrap} from './wrap.js';

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-', // a hyphen may be typeset as another sign, which does not work when it is pasted
  "'": '\\(aq',
  '`': '\\(ga',
  '"': '\\(dq',
  '~': '\\(ti',
  '^': '\\(ha',
};

/** The text so that it comes out as it is, wherever it stands in a line. */
export function escapeRoff(text: string): string {
  return text
    .replace(/[\\\-'`"~^]/g, (sign) => escapes[sign] ?? sign)
    .replace(/[^\p{ASCII}]/gu, byNumber)
    .replace(/^\./, '\\&.');
}

/** roff reads bytes: a sign beyond ASCII stands as its number in Unicode. */
function byNumber(sign: string): string {
  const number = sign.codePointAt(0) ?? 0;
  return `\\[u${number.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** Text that roff fills into lines of its own, as short lines. */
export function roffText(text: string): readonly string[] {
  return wrap(escapeRoff(text), 76).map((line) => line.replace(/^\./, '\\&.'));
}

/** Lines that come out as they are, for examples. */
export function roffLiteral(lines: readonly string[]): readonly string[] {
  return ['.EX', ...lines.map(escapeRoff), '.EE'];
}

/** What is typed as it stands. */
export function roffBold(text: string): string {
  return text === '' ? '' : `\\fB${escapeRoff(text)}\\fR`;
}

/** What stands for something else. */
export function roffItalic(text: string): string {
  return text === '' ? '' : `\\fI${escapeRoff(text)}\\fR`;
}

/** Names in capitals in italics, all else in bold: a usage line or the forms of an option. */
export function roffUsage(usage: string): string {
  return usage.replace(/[A-Z][A-Z0-9]+|[^A-Z[\]. |,=]+|[A-Z]/g, (part) =>
    /^[A-Z][A-Z0-9]+$/.test(part) ? roffItalic(part) : roffBold(part),
  );
}

/** Several texts, each a paragraph of its own. */
export function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, index) => [...(index === 0 ? [] : ['.PP']), ...roffText(text)]);
}

/** Words with a capital at their beginning. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
