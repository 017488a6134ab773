// Names that are left out of a copy, as tar's --exclude has it: a pattern matches a whole name, or the end of one that
// begins at a slash, and all that is below it. `*` and `?` match slashes too.

export function isExcluded(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => expressionOf(pattern).test(path));
}

const known = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const made = known.get(pattern);
  if (made !== undefined) return made;
  const source = pattern.replaceAll(/\\?[^]/g, (token) => {
    if (token === '*') return '[^]*';
    if (token === '?') return '[^]';
    const literal = token.length > 1 ? token.slice(1) : token;
    return /[A-Za-z0-9_ ]/.test(literal)
      ? literal
      : `\\x${literal.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  const expression = new RegExp(`(^|/)${source}(/|$)`);
  known.set(pattern, expression);
  return expression;
}
