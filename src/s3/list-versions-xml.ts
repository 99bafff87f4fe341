/**
 * Reads the body of a ListObjectVersions answer (ListVersionsResult in the S3 API reference) in the dialects of AWS, radosgw and
 * MinIO: any order of elements, unknown ones skipped; Owner, StorageClass and ETag optional. An item that lacks anything else, or
 * has a value that is not what it should be, is an error: never a wrong entry. Versions and delete markers keep the order in
 * which they stand (trap 7).
 */
import type { ItemLayout } from './item-layout.ts';
import { parseBoolean, readItem } from './listed-item.ts';
import type { ListedVersion } from './types.ts';
import { XmlReader } from './xml-reader.ts';

export interface ScannedPage {
  versions: ListedVersion[];
  commonPrefixes: string[];
  isTruncated: boolean;
  /** As it stands in the answer: radosgw 16 leaves it raw in answers that are url-encoded otherwise. */
  nextKeyMarkerText?: string;
  nextVersionIdMarker?: string;
  /** Whether the answer says that it is url-encoded; keys and prefixes here are decoded already (trap 24). */
  isUrlEncoded: boolean;
}

/** Throws XmlError where the body is cut off, malformed, or not a listing of versions. */
export function scanVersionPage(body: Buffer): ScannedPage {
  const reader = new XmlReader(body);
  reader.openRoot();
  if (reader.name !== 'ListVersionsResult')
    reader.fail(`the answer is <${reader.name}>, not a listing of versions`);
  const root = reader.opened() ?? reader.fail('the listing is empty');
  const seen: RootFields = { versions: [], commonPrefixes: [] };
  const layouts: ItemLayout[] = [];
  for (;;) {
    readKnownItems(reader, layouts, seen.versions);
    const from = reader.at;
    if (!reader.openChild()) break;
    readChild(reader, from, layouts, seen);
  }
  reader.close(root);
  reader.finish();
  return toPage(reader, seen);
}

/** Undefined where the text is not well-formed. AWS writes a space as `+` and a plus as `%2B`; radosgw a space as `%20`. */
export function urlDecode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

interface RootFields {
  versions: ListedVersion[];
  commonPrefixes: string[];
  isTruncated?: boolean;
  nextKeyMarker?: string;
  nextVersionIdMarker?: string;
  encodingType?: string;
}

/** More layouts than this on one page: then each item is read element by element. */
const maxLayouts = 8;

/** Reads items for as long as one of the layouts fits; the one that fitted last is tried first. */
function readKnownItems(reader: XmlReader, layouts: ItemLayout[], versions: ListedVersion[]): void {
  for (let i = 0; i < layouts.length;) {
    const layout = layouts[i]!;
    const version = layout.read(reader.at);
    if (version === undefined) {
      i++;
      continue;
    }
    versions.push(version);
    reader.at = layout.end;
    if (i > 0) layouts.unshift(...layouts.splice(i, 1));
    i = 0;
  }
}

function readChild(reader: XmlReader, from: number, layouts: ItemLayout[], seen: RootFields): void {
  switch (reader.name) {
    case 'Version':
    case 'DeleteMarker': {
      const { version, layout } = readItem(reader, reader.name === 'DeleteMarker', from);
      seen.versions.push(version);
      if (layout !== undefined && layouts.length < maxLayouts) layouts.unshift(layout);
      return;
    }
    case 'CommonPrefixes':
      readCommonPrefixes(reader, seen.commonPrefixes);
      return;
    case 'IsTruncated':
      if (seen.isTruncated !== undefined) failTwice(reader);
      seen.isTruncated = parseBoolean(reader.text()) ?? reader.fail('IsTruncated is neither true nor false');
      return;
    case 'NextKeyMarker':
      if (seen.nextKeyMarker !== undefined) failTwice(reader);
      seen.nextKeyMarker = reader.text();
      return;
    case 'NextVersionIdMarker':
      if (seen.nextVersionIdMarker !== undefined) failTwice(reader);
      seen.nextVersionIdMarker = reader.text();
      return;
    case 'EncodingType':
      if (seen.encodingType !== undefined) failTwice(reader);
      seen.encodingType = reader.text().trim();
      return;
    default:
      reader.skip();
  }
}

function readCommonPrefixes(reader: XmlReader, prefixes: string[]): void {
  const tag = reader.opened();
  if (tag === undefined) return;
  while (reader.openChild()) {
    if (reader.name === 'Prefix') prefixes.push(reader.text());
    else reader.skip();
  }
  reader.close(tag);
}

function failTwice(reader: XmlReader): never {
  return reader.fail(`${reader.name} stands there twice`);
}

function toPage(reader: XmlReader, seen: RootFields): ScannedPage {
  const { versions, isTruncated, nextKeyMarker, nextVersionIdMarker, encodingType } = seen;
  if (isTruncated === undefined) reader.fail('the page does not say whether it is truncated');
  const isUrlEncoded = encodingType?.toLowerCase() === 'url';
  if (encodingType && !isUrlEncoded) reader.fail(`the encoding of keys is ${encodingType}, not url`);
  if (isUrlEncoded) for (const version of versions) version.key = decoded(reader, version.key);
  return {
    versions,
    commonPrefixes: isUrlEncoded
      ? seen.commonPrefixes.map((prefix) => decoded(reader, prefix))
      : seen.commonPrefixes,
    isTruncated,
    ...(nextKeyMarker ? { nextKeyMarkerText: nextKeyMarker } : {}),
    ...(nextVersionIdMarker ? { nextVersionIdMarker } : {}),
    isUrlEncoded,
  };
}

function decoded(reader: XmlReader, text: string): string {
  return urlDecode(text) ?? reader.fail(`${JSON.stringify(text)} is not url-encoded as the page says`);
}
