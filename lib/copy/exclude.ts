// Names that are left out of a copy, as tar's --exclude has it: a pattern matches a whole name, or the end of one that
// begins at a slash, and all that is below it. `*`, `?` and `[...]` match slashes too. Names and patterns are bytes.
//
// The `.` at the beginning of our paths is no part of a name: without that, `.*` would be all of them.

export function isExcluded(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => expressionOf(pattern).test(path));
}

/** The same for GNU tar, of which paths are wanted that begin with a `.`. */
export function excludeWords(
  patterns: readonly string[],
  {takesTemporary}: {readonly takesTemporary: boolean},
): string[] {
  const words = patterns.map((each) => `--exclude=${isFromTop(each) ? each : `*/${each}`}`);
  return [...(takesTemporary ? [] : temporary), '--anchored', ...words];
}

/** What only exists while something arrives (copy/listing.ts): one part of a name, anywhere. */
const temporary = [
  ...['--no-anchored', '--no-wildcards-match-slash', '--exclude=.crcache-*.part'],
  '--wildcards-match-slash',
];

const isFromTop = (pattern: string): boolean => pattern.startsWith('./');

const known = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const made = known.get(pattern);
  if (made !== undefined) return made;
  const begins = isFromTop(pattern) ? '^' : '(^(?!\\.(/|$))|/)';
  const expression = new RegExp(`${begins}${pattern.replaceAll(token, expressionOfToken)}(/|$)`);
  known.set(pattern, expression);
  return expression;
}

/** A set in brackets, whose first character may be a bracket too; else a single character. */
const token = /\[([!^]?)(\]?(?:\[(?::[a-z]+:|=[^]=|\.[^]\.)\]|\\[^]|[^\]\\])*)\]|\\?[^]/g;

function expressionOfToken(text: string, not?: string, members?: string): string {
  if (members !== undefined) return expressionOfSet(not !== '', members);
  if (text === '*') return '[^]*';
  if (text === '?') return '[^]';
  return literal(text);
}

/** A class, a character by its collating name, which is its own, a range, or a single character. */
const member = /\[:([a-z]+):\]|\[[=.]([^])[=.]\]|(\\[^]|[^\\])-(\\[^]|[^\\])|\\?[^]/g;

function expressionOfSet(isNegated: boolean, members: string): string {
  const parts = [...members.matchAll(member)].map(([text, name, collated, first, last]) => {
    if (name !== undefined) return classes[name] ?? '';
    if (collated !== undefined) return literal(collated);
    if (first === undefined || last === undefined) return literal(text);
    return literal(first) <= literal(last) ? `${literal(first)}-${literal(last)}` : '';
  });
  return `[${isNegated ? '^' : ''}${parts.join('')}]`;
}

/** A character, which may have a backslash before it, as one that means nothing in an expression. */
function literal(text: string): string {
  const code = text.charCodeAt(text.length - 1);
  return `\\x${code.toString(16).padStart(2, '0')}`;
}

/** Those of the C locale. */
const classes: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t-\\r',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};
