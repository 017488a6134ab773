// Words as sh has them in a text.
//
// Whether a text is nothing but such, so that it can be put in front of others: a quote that stayed open would take
// these in, and what comes after an operator would be run by itself, and on this machine.

const variable = /\$(?:\{[^{}'"\\`$()\n]*\}|(?![({]))/;

/** Plain text, what a backslash or quotes keep as it is, and variables. */
const pieces = [
  /[^'"\\`$;&|<>()\n#]/,
  /(?<=[^ \t])#/,
  /\\[^\n]/,
  /'[^']*'/,
  new RegExp(`"(?:[^"\\\\\`$]|\\\\[^]|${variable.source})*"`),
  variable,
];
const onlyPieces = new RegExp(`^(?:${pieces.map(({source}) => source).join('|')})+$`);

export function areShellWords(text: string): boolean {
  return onlyPieces.test(text);
}

const part = /'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^])|([^\s'"\\]+)/;
const oneWord = new RegExp(`(?:${part.source})+`, 'y');

/** The words of a text, in which quotes and backslashes are as in sh, and nothing else is; undefined: a quote stays open. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  const blanks = /\s*/y;
  for (let at = 0; ;) {
    blanks.lastIndex = at;
    at += blanks.exec(text)?.[0].length ?? 0;
    if (at === text.length) return words;
    oneWord.lastIndex = at;
    const word = oneWord.exec(text)?.[0];
    if (word === undefined) return undefined;
    at += word.length;
    if (at < text.length && !/\s/.test(text[at] ?? '')) return undefined;
    words.push(unquote(word));
  }
}

function unquote(word: string): string {
  return word.replaceAll(new RegExp(part.source, 'g'), (...groups: (string | undefined)[]) => {
    const [, single, double, escaped, plain] = groups;
    return single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
  });
}
