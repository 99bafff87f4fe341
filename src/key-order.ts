/**
 * S3 lists keys in the order of their UTF-8 bytes. That is not the order of JavaScript's `<`, which compares UTF-16
 * code units: a surrogate (an astral character, four bytes in UTF-8) sorts below U+E000..U+FFFF there and above
 * them in UTF-8.
 */

/** Negative, zero or positive as `a` sorts before, equals or sorts after `b` by UTF-8 bytes. Well-formed strings only. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return utf8Rank(unitA) - utf8Rank(unitB);
  }
  return a.length - b.length;
}

/** Lifts surrogates above all other code units, which is where UTF-8 puts the characters they stand for. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
