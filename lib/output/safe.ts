// Text of others (names of files, commands of users) on lines that people and terminals read.

/** What ends a line, moves the cursor, or writes the rest of the line backwards. */
const unsafe = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

/** The text as it is or, where that could not be shown on one line, quoted as in C, the way git quotes paths. */
export function safe(text: string): string {
  return unsafe.test(text) ? `"${Array.from(text, escape).join('')}"` : text;
}

/** Lines of ours that may have text of others in them: nothing in them moves the cursor. */
export function harmless(lines: string): string {
  return lines.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '?');
}

function escape(character: string): string {
  const known = escapes[character];
  if (known !== undefined) return known;
  return unsafe.test(character)
    ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
    : character;
}
