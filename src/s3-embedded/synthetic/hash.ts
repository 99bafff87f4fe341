/** Numbers and digits that an index determines, cheap enough for a thousand versions in a page. */

/** 32 well-mixed bits of an index below 2^32 and a salt. */
export function mix(index: number, salt: number): number {
  let bits = Math.imul(index ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  bits ^= bits >>> 15;
  bits = Math.imul(bits + salt, 0xc2b2ae35);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0x27d4eb2f);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const FOUR_DIGITS = Array.from({ length: 0x10000 }, (_, n) => n.toString(16).padStart(4, '0'));

/** Four hexadecimal digits of the lower 16 bits. */
export function hex16(bits: number): string {
  return FOUR_DIGITS[bits & 0xffff] as string;
}

/** Eight hexadecimal digits. */
export function hex32(bits: number): string {
  return hex16(bits >>> 16) + hex16(bits);
}
