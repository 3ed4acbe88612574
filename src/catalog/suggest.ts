/** Further apart than this, a word is another word and not a slip of the finger. */
const MAX_DISTANCE = 3;
/** Share of the longer word that has to agree. */
const MIN_SIMILARITY = 0.4;

/**
 * Finds the candidate that was probably meant: the one with the fewest edits (insert, delete, replace, swap of
 * neighbours), case aside; of equals the first. null where none is near.
 *
 * `suggest('usres', ['users', 'tasks'])` → `'users'`
 */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = MAX_DISTANCE + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    const length = Math.max(word.length, candidate.length);
    if (distance < bestDistance && (length - distance) / length > MIN_SIMILARITY) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Puts a suggestion into words for the end of a message: ` Did you mean users?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = suggest(word, candidates);
  return meant === null ? '' : ` Did you mean ${meant}?`;
}

/** Counts the edits between two words (optimal string alignment: no part is edited twice). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let edits = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) edits = Math.min(edits, at(beforeLast, column - 2) + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
