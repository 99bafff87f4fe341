/**
 * The order of UTF-8 bytes, in which S3 lists keys. It is the order of code points, so only surrogates differ from
 * JavaScript's order of UTF-16 units: U+E000..U+FFFF come before the characters that surrogates stand for.
 */
const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareKeyBytes(a: string, b: string): number {
  if (a === b) return 0;
  const commonLength = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < commonLength; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    if (left < FIRST_SURROGATE || right < FIRST_SURROGATE) return left - right;
    return rotateSurrogates(left) - rotateSurrogates(right);
  }
  return a.length - b.length;
}

function rotateSurrogates(unit: number): number {
  return unit >= AFTER_SURROGATES ? unit - 0x800 : unit + 0x2000;
}

/** The first index in `[0, count)` for which `holds` is true, or `count`; `holds` must be false, then true. */
export function firstIndexWhere(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
