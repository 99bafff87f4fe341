/** What makes a snapshot suspect (trap 28): it is recorded all the same, but gc trusts nothing while it is the newest. */

/** A listing with fewer than this share of the keys before it has lost something: a permission, a prefix, the data. */
const sharplyShrunkShare = 0.5;

export function flagsOf(listing: { keys: number }, previous: { keys: number } | undefined): string[] {
  if (previous === undefined) return listing.keys === 0 ? ['empty'] : [];
  if (listing.keys < previous.keys * sharplyShrunkShare) return ['shrunk'];
  return [];
}
