/** What makes a snapshot suspect (trap 28): it is recorded all the same, but gc trusts nothing while it is the newest. */

/** A listing with fewer than this share of the keys before it has lost something: a permission, a prefix, the data. */
const sharplyShrunkShare = 0.5;

/**
 * Held against the newest of its series that is not flagged: what a flagged one has must not become the measure by itself, or
 * the second run would pass for a good one.
 * @param before the snapshots of its series before it, the oldest first
 */
export function flagsOf(
  listing: { keys: number },
  before: readonly { keys: number; flags: readonly string[] }[],
): string[] {
  const measure = before.findLast(({ flags }) => flags.length === 0);
  if (measure === undefined) return listing.keys === 0 ? ['empty'] : [];
  if (listing.keys < measure.keys * sharplyShrunkShare) return ['shrunk'];
  return [];
}
