/**
 * A marker from which a listing begins at a key. Listings begin *after* their marker, and there is no last key before
 * another one, so this gives a near one: whatever lies between is merely listed too.
 */

/** S3 takes keys, and so markers, of this many bytes. */
const longestKeyBytes = 1024;
/** The highest character that text may hold. */
const highest = '\u{10FFFD}';

/** A string that sorts before `key`, by UTF-8 bytes, with few possible keys between; empty for the first keys of all. */
export function markerBefore(key: string): string {
  const characters = [...key];
  const last = characters.pop()?.codePointAt(0);
  if (last === undefined) return '';
  const stem = characters.join('');
  const lower = characterBefore(last);
  if (lower === undefined) return stem;
  const near = stem + lower + highest;
  return Buffer.byteLength(near) <= longestKeyBytes ? near : stem + lower;
}

/** None for control characters and the space: a marker with those would trouble servers. */
function characterBefore(codePoint: number): string | undefined {
  if (codePoint <= 0x21) return undefined;
  if (codePoint === 0x7f || (codePoint > 0x7f && codePoint <= 0xa0)) return '~';
  if (codePoint >= 0xd800 && codePoint <= 0xe000) return '\ud7ff';
  if (codePoint >= 0xfffe && codePoint <= 0x10000) return '\ufffd';
  return String.fromCodePoint(codePoint - 1);
}
