/**
 * Lists the versions of chosen keys afresh, jumping from one to the next, so that keys that lie far apart cost a request each, and
 * dense ones share a page.
 */
import { compareKeys } from '../key-order.ts';
import type { ListedVersion } from '../s3/types.ts';
import type { GcBucket } from './bucket.ts';
import { markerBefore } from './marker-before.ts';

export interface KeyListing {
  /** The listing of the key at `index` begins, perhaps once more: what was seen of it before does not count. */
  onBegin?: (index: number) => void;
  /** A version of the key at `index`, in the order of the listing. */
  onVersion: (index: number, version: ListedVersion) => void;
  /** Called after each jump; where it says so, the listing ends with the keys that it has come to until then. */
  isTimeUp: () => boolean;
  signal: AbortSignal;
}

/** Keys that lie far apart need a few versions each; of dense ones a page holds many. */
const fewVersions = 50;
const fullPage = 1000;

/**
 * @param keys sorted, each once
 * @returns how many of them were listed in full, from the first on: all, or at least one where time was up
 */
export async function listKeys(
  keys: readonly string[],
  bucket: Pick<GcBucket, 'listVersions'>,
  listing: KeyListing,
): Promise<number> {
  let next = 0;
  let pageSize = fullPage;
  do {
    const listed = await listFrom(keys, next, bucket, pageSize, listing);
    pageSize = listed - next === 1 ? fewVersions : fullPage;
    next = listed;
  } while (next < keys.length && !(next > 0 && listing.isTimeUp()));
  return next;
}

/** Lists from the key at `start` on, as long as the pages hold keys that are asked for. Returns the first not listed in full. */
async function listFrom(
  keys: readonly string[],
  start: number,
  bucket: Pick<GcBucket, 'listVersions'>,
  pageSize: number,
  { onBegin, onVersion, signal }: KeyListing,
): Promise<number> {
  const first = keys[start];
  if (first === undefined) return keys.length;
  onBegin?.(start);
  let next = start;
  const listing = { after: markerBefore(first), pageSize };
  for await (const page of bucket.listVersions(listing, { signal })) {
    for (const version of page.versions) {
      next = skipBefore(keys, next, version.key);
      if (next === keys.length) return next;
      if (keys[next] === version.key) onVersion(next, version);
    }
    if (!page.isTruncated) break;
    // A key with many versions, after all: not in small pages.
    if (next === start && pageSize === fewVersions) return start;
    // A page may end within the versions of a key: its next page is needed. Else jump to the next key.
    const lastKey = page.versions.at(-1)?.key;
    if (lastKey !== undefined && lastKey !== keys[next] && next > start) return next;
  }
  return keys.length;
}

/** The first key from `index` on that is not before `key`; what lies before is listed. */
function skipBefore(keys: readonly string[], index: number, key: string): number {
  let next = index;
  for (;;) {
    const each = keys[next];
    if (each === undefined || compareKeys(each, key) >= 0) return next;
    next += 1;
  }
}
