/** Suggests the name that was probably meant. */

/** The candidate with the fewest edits, upper and lower case alike, or undefined where none is near. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  const limit = Math.max(2, Math.floor(name.length / 3));
  let nearest: { name: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && edits < candidate.length && edits < (nearest?.edits ?? Infinity)) {
      nearest = { name: candidate, edits };
    }
  }
  return nearest?.name;
}

/** Levenshtein distance: insertions, deletions and replacements of UTF-16 units. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = at(above, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, at(above, column) + 1, at(current, column - 1) + 1));
    }
    above = current;
  }
  return at(above, b.length);
}

function at(row: number[], column: number): number {
  return row[column] ?? Infinity;
}
