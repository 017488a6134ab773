// Whether a text is nothing but words to sh, so that it can be put in front of others: a quote that stayed open would take
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
