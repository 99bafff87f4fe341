/**
 * Where a run of entries is cut into ranges. A cut depends on the key before it and on nothing else, so one changed
 * entry changes one range, and the same entries give the same ranges whatever the paging or the split of the listing.
 *
 * The hash is FNV-1a, 32 bits (offset basis 2166136261, prime 16777619; draft-eastlake-fnv) over the key's UTF-8 bytes, then
 * MurmurHash3's 32-bit finalizer: FNV alone leaves patterns in its low bits for keys that count up. It is part of
 * the format: a change of it would cost every user one whole new index.
 */

/** A range ends after about one key in 2^14: 16,384 entries a range. */
export const DEFAULT_CUT_BITS = 14;

/**
 * True where the range that holds `key` ends with it.
 * @param key well-formed Unicode
 * @param cutBits how many low bits of the key's hash have to be zero: 0 to 31
 */
export function isCutAfter(key: string, cutBits: number): boolean {
  return (hashKey(key) & ((1 << cutBits) - 1)) === 0;
}

/** The 32-bit hash of a key, unsigned. It encodes to UTF-8 by itself: this runs once for every key of a bucket. */
export function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x80) {
      hash = mixByte(hash, unit);
    } else if (unit < 0x800) {
      hash = mixByte(hash, 0xc0 | (unit >> 6));
      hash = mixByte(hash, 0x80 | (unit & 0x3f));
    } else if (unit < 0xd800 || unit > 0xdfff) {
      hash = mixByte(hash, 0xe0 | (unit >> 12));
      hash = mixByte(hash, 0x80 | ((unit >> 6) & 0x3f));
      hash = mixByte(hash, 0x80 | (unit & 0x3f));
    } else {
      i++;
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (key.charCodeAt(i) & 0x3ff);
      hash = mixByte(hash, 0xf0 | (point >> 18));
      hash = mixByte(hash, 0x80 | ((point >> 12) & 0x3f));
      hash = mixByte(hash, 0x80 | ((point >> 6) & 0x3f));
      hash = mixByte(hash, 0x80 | (point & 0x3f));
    }
  }
  return finalize(hash);
}

function mixByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** fmix32 of MurmurHash3. */
function finalize(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
