/**
 * Where a run of entries is cut into ranges. A cut depends on the key before it and on nothing else, so one changed
 * entry changes one range, and the same entries give the same ranges whatever the paging or the split of the listing.
 *
 * The hash is FNV-1a, 32 bits (offset basis 2166136261, prime 16777619; draft-eastlake-fnv) over the key's UTF-8 bytes, then
 * MurmurHash3's 32-bit finalizer: FNV alone leaves patterns in its low bits for keys that count up. It is part of
 * the format: a change of it would cost every user one whole new index. It is computed where lines are written
 * (src/kernel/assembly/lines.ts).
 */

/** A range ends after about one key in 2^14: 16,384 entries a range. */
export const DEFAULT_CUT_BITS = 14;

/**
 * The bits that are all zero in the hash of a key after which a range is cut.
 * @param cutBits how many low bits that are: 0 to 31
 */
export function cutMask(cutBits: number): number {
  return (1 << cutBits) - 1;
}
