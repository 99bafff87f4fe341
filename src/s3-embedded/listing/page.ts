/** One page of a listing of versions or of current objects, from any source of keys. */
import { compareKeyBytes, firstIndexWhere } from '../model/key-order.ts';
import type { KeySource, KeyVersions, ObjectVersion } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';

export interface PageRequest {
  prefix: string;
  delimiter: string;
  maxKeys: number;
  /** The page begins after this key, or after this common prefix; empty: at the start. */
  keyMarker: string;
  /** The page begins among the versions of `keyMarker`, after this one. */
  versionIdMarker?: string | undefined;
  /** All versions, or each key's current one where it is no delete marker. */
  shows: 'versions' | 'objects';
  /** A key marker alone includes its key, as on radosgw 16 (trap 24). */
  isMarkerInclusive?: boolean;
  /** The versions of a key in the wrong order, as some stores list them (trap 7). */
  isOldestFirst?: boolean;
}

export interface PageItem {
  key: string;
  isLatest: boolean;
  version: ObjectVersion;
}

export interface Page {
  items: PageItem[];
  commonPrefixes: string[];
  isTruncated: boolean;
  /** Of the last item or common prefix, when truncated. */
  nextKeyMarker?: string | undefined;
  nextVersionIdMarker?: string | undefined;
}

/** @throws S3Error InvalidArgument for a version id marker that never was a version of the key. */
export function collectPage(source: KeySource, request: PageRequest): Page {
  const page: Page = { items: [], commonPrefixes: [], isTruncated: false };
  if (request.maxKeys === 0) return page;
  let index = startIndex(source, request);
  while (index < source.keyCount) {
    const key = source.keyAt(index);
    if (!key.startsWith(request.prefix)) break;
    const commonPrefix = commonPrefixOf(key, request);
    const versions = source.versionsAt(index);
    if (commonPrefix !== undefined) {
      if (!isShown(versions, request)) {
        index++;
        continue;
      }
      if (isFull(page, request)) return truncate(page);
      page.commonPrefixes.push(commonPrefix);
      page.nextKeyMarker = commonPrefix;
      index = indexPast(source, commonPrefix, index);
    } else {
      if (!addVersions(page, versions, request)) return truncate(page);
      index++;
    }
  }
  return endOfListing(page);
}

function startIndex(source: KeySource, request: PageRequest): number {
  const { prefix, keyMarker } = request;
  if (compareKeyBytes(keyMarker, prefix) < 0 || keyMarker === '') return firstAtOrAfter(source, prefix);
  const marked = commonPrefixOf(keyMarker, request);
  if (marked === keyMarker) return indexPast(source, marked, 0);
  const index = firstAtOrAfter(source, keyMarker);
  const isAtMarker = index < source.keyCount && source.keyAt(index) === keyMarker;
  const staysAtMarker = request.versionIdMarker !== undefined || request.isMarkerInclusive === true;
  return isAtMarker && !staysAtMarker ? index + 1 : index;
}

function firstAtOrAfter(source: KeySource, key: string): number {
  if (key === '') return 0;
  return firstIndexWhere(source.keyCount, (i) => compareKeyBytes(source.keyAt(i), key) >= 0);
}

/** The first key after all those that begin with `commonPrefix`. */
function indexPast(source: KeySource, commonPrefix: string, from: number): number {
  const isPast = (index: number) => {
    const key = source.keyAt(from + index);
    return compareKeyBytes(key, commonPrefix) > 0 && !key.startsWith(commonPrefix);
  };
  return from + firstIndexWhere(source.keyCount - from, isPast);
}

function commonPrefixOf(key: string, { prefix, delimiter }: PageRequest): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end === -1 ? undefined : key.slice(0, end + delimiter.length);
}

function isShown(versions: KeyVersions, request: PageRequest): boolean {
  return request.shows === 'versions' || !versions.at(0).isDeleteMarker;
}

/** False when the page was full before the key was done. */
function addVersions(page: Page, versions: KeyVersions, request: PageRequest): boolean {
  if (!isShown(versions, request)) return true;
  const { key, count } = versions;
  const shown = request.shows === 'versions' ? count : 1;
  const skipped = key === request.keyMarker ? versionsBefore(versions, request) : 0;
  for (let position = skipped; position < shown; position++) {
    if (isFull(page, request)) return false;
    const place = request.isOldestFirst ? count - 1 - position : position;
    const version = versions.at(place);
    page.items.push({ key, isLatest: place === 0, version });
    page.nextKeyMarker = undefined;
  }
  return true;
}

/** How many versions of the marked key the earlier pages have shown. */
function versionsBefore(versions: KeyVersions, request: PageRequest): number {
  const { versionIdMarker } = request;
  if (versionIdMarker === undefined) return 0;
  const upTo = versions.countUpTo(versionIdMarker);
  if (upTo === undefined) throw new S3Error('InvalidArgument', 'Invalid version id specified');
  if (!request.isOldestFirst) return upTo;
  const isPresent = versions.find(versionIdMarker) !== undefined;
  return versions.count - (isPresent ? upTo - 1 : upTo);
}

function isFull(page: Page, request: PageRequest): boolean {
  return page.items.length + page.commonPrefixes.length >= request.maxKeys;
}

/** While a page is filled, its next marker is that of a common prefix that came last, or none. */
function truncate(page: Page): Page {
  page.isTruncated = true;
  const last = page.items.at(-1);
  if (page.nextKeyMarker !== undefined || last === undefined) return page;
  return { ...page, nextKeyMarker: last.key, nextVersionIdMarker: last.version.versionId };
}

function endOfListing(page: Page): Page {
  return { items: page.items, commonPrefixes: page.commonPrefixes, isTruncated: false };
}
