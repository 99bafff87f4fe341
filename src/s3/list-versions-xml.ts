/**
 * Reads the body of a ListObjectVersions answer (ListVersionsResult in the S3 API reference) in the dialects of AWS, radosgw and
 * MinIO: any order of elements, unknown ones skipped; Owner, StorageClass and ETag optional. An item that lacks anything else, or
 * has a value that is not what it should be, is an error: never a wrong entry. Versions and delete markers keep the order in
 * which they stand (trap 7).
 */
import { isUtf8 } from 'node:buffer';
import { readItemRun } from './item-run.ts';
import type { ItemRun } from './item-run.ts';
import { parseBoolean, readItem } from './listed-item.ts';
import type { ListedVersion } from './types.ts';
import { XmlError } from './xml-error.ts';
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
  if (!isUtf8(body)) throw new XmlError('the document is not UTF-8', 0);
  const run = readItemRun(body);
  return (run && scanAround(body, run)) ?? scanElements(new XmlReader(body));
}

/**
 * The page, of which `run` is read already; undefined where reading it whole and element by element has to decide, because something
 * is wrong, or the run does not stand where items belong.
 */
function scanAround(body: Buffer, run: ItemRun): ScannedPage | undefined {
  const before = body.subarray(0, run.start);
  const reader = new XmlReader(Buffer.concat([before, body.subarray(run.end)]));
  const place = { at: before.toString('utf8').length, versions: run.versions, isTaken: false };
  try {
    const page = scanElements(reader, place);
    return place.isTaken ? page : undefined;
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** Items that were taken out of the document, and where it has to stand between the children of its root for them to be such. */
interface TakenOut {
  at: number;
  versions: ListedVersion[];
  isTaken: boolean;
}

function scanElements(reader: XmlReader, takenOut?: TakenOut): ScannedPage {
  reader.openRoot();
  if (reader.name !== 'ListVersionsResult')
    reader.fail(`the answer is <${reader.name}>, not a listing of versions`);
  const root = reader.opened() ?? reader.fail('the listing is empty');
  const seen: RootFields = { versions: [], commonPrefixes: [] };
  for (;;) {
    if (reader.at === takenOut?.at) {
      takenOut.isTaken = true;
      seen.versions = seen.versions.concat(takenOut.versions);
    }
    if (!reader.openChild()) break;
    readChild(reader, seen);
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

function readChild(reader: XmlReader, seen: RootFields): void {
  switch (reader.name) {
    case 'Version':
    case 'DeleteMarker':
      seen.versions.push(readItem(reader, reader.name === 'DeleteMarker').version);
      return;
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
