/**
 * What makes a page of a listing trustworthy, and where the next one begins. The checks hold across the seam to the page before:
 * keys in the order of their UTF-8 bytes, nothing twice, nothing outside of the prefix, always forward.
 */
import { compareKeys } from '../key-order.ts';
import { urlDecode } from './list-versions-xml.ts';
import type { ScannedPage } from './list-versions-xml.ts';
import type { ListedVersion, VersionListing, VersionPage } from './types.ts';

/** A page that cannot be trusted. The SDK retries what has `$retryable` like a fault of the network. */
export class PageError extends Error {
  readonly $retryable = { throttling: false };

  constructor(reason: string) {
    super(reason);
    this.name = 'PageError';
  }
}

/** Where in a listing a request begins, and what came before it. */
export interface Position {
  keyMarker?: string;
  versionIdMarker?: string;
  /** The last item that the server sent, also when it was dropped. */
  last?: ItemName;
  /** The first version of the key of `last`, once it was sent: a page that begins with it again has ignored its marker. */
  firstVersionId?: string | undefined;
}

interface ItemName {
  key: string;
  versionId: string;
}

export interface CheckedPage {
  page: VersionPage;
  /** Undefined when the listing ends with this page. */
  next: Position | undefined;
}

export function firstPosition(listing: VersionListing): Position {
  const { after, afterVersionId } = listing;
  if (after === undefined) return {};
  if (afterVersionId === undefined) return { keyMarker: after };
  return {
    keyMarker: after,
    versionIdMarker: afterVersionId,
    last: { key: after, versionId: afterVersionId },
  };
}

/** Throws PageError where the page cannot be what was asked for. */
export function checkPage(
  scanned: ScannedPage,
  listing: VersionListing & { pageSize: number },
  position: Position,
): CheckedPage {
  const { versions } = scanned;
  const count = versions.length + scanned.commonPrefixes.length;
  if (count > listing.pageSize)
    throw new PageError(`it has ${count} entries, ${listing.pageSize} were asked for`);
  const seen = checkItems(versions, listing, position);
  const wanted = withinListing(versions, listing, position);
  const next = scanned.isTruncated ? nextPosition(scanned, listing, position, seen) : undefined;
  const page: VersionPage = {
    versions: wanted,
    commonPrefixes: scanned.commonPrefixes,
    isTruncated: next !== undefined,
    ...(next?.keyMarker === undefined ? {} : { nextKeyMarker: next.keyMarker }),
    ...(next?.versionIdMarker === undefined ? {} : { nextVersionIdMarker: next.versionIdMarker }),
  };
  return { page, next };
}

type Seen = Pick<Position, 'last' | 'firstVersionId'>;

/** Order, prefix and doubles, from the last item of the page before to the last of this one. */
function checkItems(versions: readonly ListedVersion[], listing: VersionListing, position: Position): Seen {
  const { prefix = '' } = listing;
  let { last, firstVersionId } = position;
  if (last === undefined && position.keyMarker !== undefined && versions[0] !== undefined) {
    if (compareKeys(versions[0].key, position.keyMarker) < 0) {
      throw new PageError(`key ${JSON.stringify(versions[0].key)} lies before the one it was to begin after`);
    }
  }
  for (let i = 0; i < versions.length; i++) {
    const version = versions[i]!;
    const { key, versionId } = version;
    if (last !== undefined && key === last.key) {
      // Once at its beginning a page may repeat the item that it was to begin after.
      const isRepeated = versionId === last.versionId && i > 0;
      if (isRepeated || (versionId === firstVersionId && versionId !== last.versionId)) {
        throw new PageError(`version ${versionId} of key ${JSON.stringify(key)} is listed twice`);
      }
    } else {
      if (last !== undefined && compareKeys(last.key, key) > 0) {
        throw new PageError(`key ${JSON.stringify(key)} follows ${JSON.stringify(last.key)}, out of order`);
      }
      if (!key.startsWith(prefix)) {
        throw new PageError(
          `key ${JSON.stringify(key)} does not begin with the prefix ${JSON.stringify(prefix)}`,
        );
      }
      firstVersionId = versionId;
    }
    last = version;
  }
  return { ...(last === undefined ? {} : { last: nameOf(last) }), firstVersionId };
}

/**
 * The items of the key range. Whatever a server takes `key-marker` for (exclusive on AWS, inclusive on radosgw 16, trap 24), the
 * keys at its lower bound do not belong to it, unless it continues inside of that key.
 */
function withinListing(
  versions: readonly ListedVersion[],
  listing: VersionListing,
  position: Position,
): ListedVersion[] {
  const { after, afterVersionId, upTo } = listing;
  let from = 0;
  if (after !== undefined && afterVersionId === undefined) while (versions[from]?.key === after) from++;
  const first = versions[from];
  if (first?.key === position.last?.key && first?.versionId === position.last?.versionId) from++;
  let to = versions.length;
  if (upTo !== undefined) while (to > from && compareKeys(versions[to - 1]!.key, upTo) > 0) to--;
  return versions.slice(from, to);
}

/**
 * Undefined when all that could follow lies beyond the listing. The next page begins after the last item of this one, as the
 * markers of every server say; the markers themselves are needed after an empty page only, and then the one that skips less.
 */
function nextPosition(
  scanned: ScannedPage,
  listing: VersionListing,
  position: Position,
  seen: Seen,
): Position | undefined {
  const { nextKeyMarkerText, nextVersionIdMarker, isUrlEncoded } = scanned;
  if (nextKeyMarkerText === undefined) throw new PageError('it is truncated and has no NextKeyMarker');
  // radosgw 16 leaves its markers raw in an answer that is url-encoded otherwise: `a+b` could be either (trap 24).
  const decoded = isUrlEncoded ? urlDecode(nextKeyMarkerText) : undefined;
  const leading = [nextKeyMarkerText, decoded ?? nextKeyMarkerText]
    .filter((keyMarker) => leadsForward(position, keyMarker, nextVersionIdMarker))
    .sort(compareKeys);
  const last = scanned.versions.at(-1);
  const keyMarker = last?.key ?? leading[0];
  const versionIdMarker = last?.versionId ?? nextVersionIdMarker;
  if (
    leading.length === 0 ||
    keyMarker === undefined ||
    !leadsForward(position, keyMarker, versionIdMarker)
  ) {
    throw new PageError(`its next marker ${JSON.stringify(nextKeyMarkerText)} does not lead forward`);
  }
  // key-marker alone begins after all versions of its key, also those that were not listed.
  if (versionIdMarker === undefined)
    throw new PageError('it is truncated, empty, and has no NextVersionIdMarker');
  if (listing.upTo !== undefined && compareKeys(keyMarker, listing.upTo) > 0) return undefined;
  return { keyMarker, versionIdMarker, ...seen };
}

function leadsForward(position: Position, keyMarker: string, versionIdMarker: string | undefined): boolean {
  if (position.keyMarker === undefined) return true;
  const order = compareKeys(keyMarker, position.keyMarker);
  return order > 0 || (order === 0 && versionIdMarker !== position.versionIdMarker);
}

function nameOf({ key, versionId }: ItemName): ItemName {
  return { key, versionId };
}
