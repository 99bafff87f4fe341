/**
 * Where a run of entries is cut into ranges. A cut depends on the key before it and on nothing else, so one changed
 * entry changes one range, and the same entries give the same ranges whatever the paging or the split of the listing.
 *
 * The hash is FNV-1a, 32 bits (offset basis 2166136261, prime 16777619; draft-eastlake-fnv) over the key's UTF-8 bytes, then
 * MurmurHash3's 32-bit finalizer: FNV alone leaves patterns in its low bits for keys that count up. It is part of
 * the format: a change of it would cost every user one whole new index.
 */
import { BOUNDS_PER_ROW, TEXT_FIELDS, type EntryTable } from '../entry-table.ts';

/** A range ends after about one key in 2^14: 16,384 entries a range. */
export const DEFAULT_CUT_BITS = 14;

/**
 * True where the range that holds the entry ends with it.
 * @param cutBits how many low bits of the key's hash have to be zero: 0 to 31
 */
export function isCutAfter({ bytes, bounds }: EntryTable, row: number, cutBits: number): boolean {
  const at = row * BOUNDS_PER_ROW + TEXT_FIELDS.key;
  return (hashKey(bytes, bounds[at], bounds[at + 1]) & ((1 << cutBits) - 1)) === 0;
}

/** The 32-bit hash, unsigned, of a key as UTF-8, from `start` up to, but without, `end`. */
export function hashKey(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return finalize(hash);
}

/** fmix32 of MurmurHash3. */
function finalize(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
