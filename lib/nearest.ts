// The nearest right word for a wrong one, for hints.

/** The word that takes the fewest typing errors to reach, if those are few enough to mean it: something of it is there. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of words) {
    const distance = typingErrors(word, candidate);
    const isAnother = distance >= Math.max(word.length, candidate.length);
    if (distance < bestDistance && !isAnother) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Letters left out, added, changed, or swapped with their neighbour (Damerau's distance). */
function typingErrors(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({length: to.length + 1}, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = (last[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const added = (current[column - 1] ?? 0) + 1;
      const leftOut = (last[column] ?? 0) + 1;
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwap ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity;
      current.push(Math.min(changed, added, leftOut, swapped));
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}
