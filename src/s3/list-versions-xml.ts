/**
 * Reads the body of a ListObjectVersions answer (ListVersionsResult in the S3 API reference) in the dialects of AWS, radosgw and
 * MinIO: any order of elements, unknown ones skipped; Owner, StorageClass and ETag optional. An item that lacks anything else, or
 * has a value that is not what it should be, is an error: never a wrong entry. Versions and delete markers keep the order in
 * which they stand (trap 7).
 */
import { isUtf8 } from 'node:buffer';
import { kernel } from '../kernel/kernel.ts';
import { readItemRun } from './item-run.ts';
import type { ItemRun } from './item-run.ts';
import { parseBoolean, readItem } from './listed-item.ts';
import type { VersionTable } from './version-table.ts';
import { XmlError } from './xml-error.ts';
import { XmlReader } from './xml-reader.ts';

/** What a page holds beside its items. */
export interface ScannedPage {
  commonPrefixes: string[];
  isTruncated: boolean;
  /** As it stands in the answer: radosgw 16 leaves it raw in answers that are url-encoded otherwise. */
  nextKeyMarkerText?: string;
  nextVersionIdMarker?: string;
  /** Whether the answer says that it is url-encoded; keys and prefixes here are decoded already (trap 24). */
  isUrlEncoded: boolean;
}

/**
 * Reads the items of the page that `table.page` holds into `table`, and returns the rest.
 * Throws XmlError where the body is cut off, malformed, or not a listing of versions.
 */
export function scanVersionPage(table: VersionTable): ScannedPage {
  const body = table.page.filled;
  if (!isUtf8(body)) throw new XmlError('the document is not UTF-8', 0);
  table.clear();
  const run = readItemRun(body, table);
  const page = run && scanAround(body, run, table);
  if (page !== undefined) return page;
  table.clear();
  return scanElements(new XmlReader(body), table);
}

/**
 * The page, of which `run` is read already; undefined where reading it whole and element by element has to decide, because something
 * is wrong, or the run does not stand where items belong.
 */
function scanAround(body: Buffer, run: ItemRun, table: VersionTable): ScannedPage | undefined {
  const before = body.subarray(0, run.start);
  const reader = new XmlReader(Buffer.concat([before, body.subarray(run.end)]));
  const place = { at: before.toString('utf8').length, rows: table.rows, isTaken: false };
  try {
    const page = scanElements(reader, table, place);
    return place.isTaken ? page : undefined;
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** Items that were taken out of the document, and where it has to stand between the children of its root for them to be such. */
interface TakenOut {
  at: number;
  /** How many they are; nothing was read before them. */
  rows: number;
  isTaken: boolean;
}

function scanElements(reader: XmlReader, table: VersionTable, takenOut?: TakenOut): ScannedPage {
  reader.openRoot();
  if (reader.name !== 'ListVersionsResult')
    reader.fail(`the answer is <${reader.name}>, not a listing of versions`);
  const root = reader.opened() ?? reader.fail('the listing is empty');
  const seen: RootFields = { commonPrefixes: [] };
  for (;;) {
    if (reader.at === takenOut?.at && table.rows === takenOut.rows) takenOut.isTaken = true;
    if (!reader.openChild()) break;
    readChild(reader, table, seen);
  }
  reader.close(root);
  reader.finish();
  return toPage(reader, table, seen);
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
  commonPrefixes: string[];
  isTruncated?: boolean;
  nextKeyMarker?: string;
  nextVersionIdMarker?: string;
  encodingType?: string;
}

function readChild(reader: XmlReader, table: VersionTable, seen: RootFields): void {
  switch (reader.name) {
    case 'Version':
    case 'DeleteMarker':
      table.add(readItem(reader, reader.name === 'DeleteMarker').version);
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

function toPage(reader: XmlReader, table: VersionTable, seen: RootFields): ScannedPage {
  const { commonPrefixes, isTruncated, nextKeyMarker, nextVersionIdMarker, encodingType } = seen;
  if (isTruncated === undefined) reader.fail('the page does not say whether it is truncated');
  const isUrlEncoded = encodingType?.toLowerCase() === 'url';
  if (encodingType && !isUrlEncoded) reader.fail(`the encoding of keys is ${encodingType}, not url`);
  if (isUrlEncoded) decodeKeys(reader, table);
  return {
    commonPrefixes: isUrlEncoded ? commonPrefixes.map((prefix) => decoded(reader, prefix)) : commonPrefixes,
    isTruncated,
    ...(nextKeyMarker ? { nextKeyMarkerText: nextKeyMarker } : {}),
    ...(nextVersionIdMarker ? { nextVersionIdMarker } : {}),
    isUrlEncoded,
  };
}

function decodeKeys(reader: XmlReader, table: VersionTable): void {
  const changed = kernel().decodeKeys(table, table.rows);
  if (changed !== undefined) {
    if (changed.length > 0) table.page.append(changed);
    return;
  }
  for (let row = 0; row < table.rows; row++) decoded(reader, table.key(row));
  throw new Error('A key could not be decoded, but which?');
}

function decoded(reader: XmlReader, text: string): string {
  return urlDecode(text) ?? reader.fail(`${JSON.stringify(text)} is not url-encoded as the page says`);
}
