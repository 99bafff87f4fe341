/**
 * What makes a page of a listing trustworthy, and where the next one begins. The checks hold across the seam to the page before:
 * keys in the order of their UTF-8 bytes, nothing twice, nothing outside of the prefix, always forward.
 */
import { compareKeys } from '../key-order.ts';
import { urlDecode } from './list-versions-xml.ts';
import type { ScannedPage } from './list-versions-xml.ts';
import type { VersionListing } from './types.ts';
import type { VersionRows, VersionTable } from './version-table.ts';

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
  last?: ItemName | undefined;
  /** The first version of the key of `last`, once it was sent: a page that begins with it again has ignored its marker. */
  firstVersionId?: string | undefined;
}

interface ItemName {
  key: string;
  versionId: string;
}

export interface CheckedPage {
  page: VersionRows;
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

/**
 * @param table the items of the page
 * @param scanned the rest of it
 * Throws PageError where the page cannot be what was asked for.
 */
export function checkPage(
  table: VersionTable,
  scanned: ScannedPage,
  listing: VersionListing & { pageSize: number },
  position: Position,
): CheckedPage {
  const count = table.rows + scanned.commonPrefixes.length;
  if (count > listing.pageSize)
    throw new PageError(`it has ${count} entries, ${listing.pageSize} were asked for`);
  const seen = checkItems(table, listing, position);
  const bounds = withinListing(table, listing, position);
  const next = scanned.isTruncated ? nextPosition(scanned, listing, position, seen) : undefined;
  const page: VersionRows = {
    table,
    ...bounds,
    commonPrefixes: scanned.commonPrefixes,
    isTruncated: next !== undefined,
    ...(next?.keyMarker === undefined ? {} : { nextKeyMarker: next.keyMarker }),
    ...(next?.versionIdMarker === undefined ? {} : { nextVersionIdMarker: next.versionIdMarker }),
  };
  return { page, next };
}

/** What the next page has to follow; of an empty page what this one had to. */
interface Seen extends Pick<Position, 'last' | 'firstVersionId'> {
  /** The last item of this page, if any. */
  lastHere: ItemName | undefined;
}

/** Order, prefix and doubles, from the last item of the page before to the last of this one. */
function checkItems(table: VersionTable, listing: VersionListing, position: Position): Seen {
  const { last, firstVersionId } = position;
  if (table.rows === 0) return { last, firstVersionId, lastHere: undefined };
  checkFirst(table, position);
  checkPrefix(table, listing.prefix ?? '');
  const outOfOrderRow = table.compareNeighbours();
  if (outOfOrderRow < table.rows) throw outOfOrder(table.key(outOfOrderRow), table.key(outOfOrderRow - 1));
  /** Where the key began; before the page while its versions go on from there. */
  let firstRow = last?.key === table.key(0) ? -1 : 0;
  for (let row = 1; row < table.rows; row++) {
    if (!table.isSameKey(row)) firstRow = row;
    else if (
      table.isSameVersionId(row, row - 1) ||
      (firstRow < 0 ? table.versionId(row) === firstVersionId : table.isSameVersionId(row, firstRow))
    )
      throw listedTwice(table, row);
  }
  const lastHere = nameOf(table, table.rows - 1);
  return {
    last: lastHere,
    firstVersionId: firstRow < 0 ? firstVersionId : table.versionId(firstRow),
    lastHere,
  };
}

/** The first item, which follows the page before. */
function checkFirst(table: VersionTable, { keyMarker, last, firstVersionId }: Position): void {
  const { key, versionId } = nameOf(table, 0);
  if (last === undefined) {
    if (keyMarker !== undefined && compareKeys(key, keyMarker) < 0)
      throw new PageError(`key ${JSON.stringify(key)} lies before the one it was to begin after`);
    return;
  }
  if (compareKeys(last.key, key) > 0) throw outOfOrder(key, last.key);
  // Once at its beginning a page may repeat the item that it was to begin after.
  if (key === last.key && versionId === firstVersionId && versionId !== last.versionId)
    throw listedTwice(table, 0);
}

/** What lies between two keys with a prefix has it too. */
function checkPrefix(table: VersionTable, prefix: string): void {
  for (const key of [table.key(0), table.key(table.rows - 1)]) {
    if (key.startsWith(prefix)) continue;
    throw new PageError(
      `key ${JSON.stringify(key)} does not begin with the prefix ${JSON.stringify(prefix)}`,
    );
  }
}

function outOfOrder(key: string, before: string): PageError {
  return new PageError(`key ${JSON.stringify(key)} follows ${JSON.stringify(before)}, out of order`);
}

function listedTwice(table: VersionTable, row: number): PageError {
  const { key, versionId } = nameOf(table, row);
  return new PageError(`version ${versionId} of key ${JSON.stringify(key)} is listed twice`);
}

/**
 * The items of the key range. Whatever a server takes `key-marker` for (exclusive on AWS, inclusive on radosgw 16, trap 24), the
 * keys at its lower bound do not belong to it, unless it continues inside of that key.
 */
function withinListing(
  table: VersionTable,
  { after, afterVersionId, upTo }: VersionListing,
  { last }: Position,
): { from: number; to: number } {
  let from = 0;
  if (after !== undefined && afterVersionId === undefined)
    while (from < table.rows && table.key(from) === after) from++;
  if (last !== undefined && from < table.rows) {
    const first = nameOf(table, from);
    if (first.key === last.key && first.versionId === last.versionId) from++;
  }
  return { from, to: upTo === undefined ? table.rows : Math.max(from, table.firstAfter(upTo)) };
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
  const { lastHere: last, ...follows } = seen;
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
  return { keyMarker, versionIdMarker, ...follows };
}

function leadsForward(position: Position, keyMarker: string, versionIdMarker: string | undefined): boolean {
  if (position.keyMarker === undefined) return true;
  const order = compareKeys(keyMarker, position.keyMarker);
  return order > 0 || (order === 0 && versionIdMarker !== position.versionIdMarker);
}

function nameOf(table: VersionTable, row: number): ItemName {
  return { key: table.key(row), versionId: table.versionId(row) };
}
