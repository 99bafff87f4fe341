/** One `<Version>` or `<DeleteMarker>` of a listing, read element by element: any order, unknown ones skipped. */
import type { Field, FieldSpan } from './item-layout.ts';
import { parseIsoTime } from './iso-time.ts';
import type { ListedVersion } from './types.ts';
import type { XmlReader } from './xml-reader.ts';

/** The elements of an item that are read, and where they go. */
const fields = new Map<string, Field>([
  ['Key', 'key'],
  ['VersionId', 'versionId'],
  ['IsLatest', 'isLatest'],
  ['LastModified', 'lastModifiedMs'],
  ['ETag', 'etag'],
  ['Size', 'sizeBytes'],
  ['StorageClass', 'storageClass'],
]);

/** What was read of an item. A field that is not there is undefined. */
interface ItemFields {
  key?: string;
  versionId?: string;
  isLatest?: boolean;
  lastModifiedMs?: number;
  etag?: string;
  sizeBytes?: number;
  storageClass?: string;
}

export interface ReadItem {
  version: ListedVersion;
  /** Where in the document its fields stand, in their order. */
  spans: FieldSpan[];
}

/**
 * Reads the item that was opened last. Throws XmlError where the item lacks a
 * field, has one twice, or has a value that is not what it should be.
 */
export function readItem(reader: XmlReader, isDeleteMarker: boolean): ReadItem {
  const item: ItemFields = {};
  const spans: FieldSpan[] = [];
  const tag = reader.opened() ?? reader.fail('an item is empty');
  while (reader.openChild()) {
    const field = fields.get(reader.name);
    if (field === undefined) {
      reader.skip();
      continue;
    }
    if (item[field] !== undefined) reader.fail(`${reader.name} stands there twice`);
    setField(reader, item, field);
    spans.push({ field, start: reader.textStart, end: reader.textEnd });
  }
  reader.close(tag);
  return { version: toVersion(item, isDeleteMarker, (reason) => reader.fail(reason)), spans };
}

function setField(reader: XmlReader, item: ItemFields, field: Field): void {
  const text = reader.text();
  switch (field) {
    case 'key':
    case 'versionId':
    case 'storageClass':
      item[field] = text;
      return;
    case 'etag':
      item.etag = unquote(text);
      return;
    case 'isLatest':
      item.isLatest = parseBoolean(text) ?? reader.fail('IsLatest is neither true nor false');
      return;
    case 'sizeBytes':
      item.sizeBytes = parseSize(text) ?? reader.fail('Size is no size');
      return;
    case 'lastModifiedMs':
      item.lastModifiedMs = parseIsoTime(text.trim());
      if (Number.isNaN(item.lastModifiedMs)) reader.fail('LastModified is no time');
  }
}

function toVersion(
  item: ItemFields,
  isDeleteMarker: boolean,
  fail: (reason: string) => never,
): ListedVersion {
  const { key, versionId, isLatest, lastModifiedMs, sizeBytes, etag = '', storageClass = '' } = item;
  if (key === undefined || key === '') return fail('an item has no Key');
  if (versionId === undefined || versionId === '') return fail('an item has no VersionId');
  if (isLatest === undefined) return fail('an item has no IsLatest');
  if (lastModifiedMs === undefined) return fail('an item has no LastModified');
  if (sizeBytes === undefined && !isDeleteMarker) return fail('a version has no Size');
  return {
    key,
    versionId,
    isLatest,
    isDeleteMarker,
    lastModifiedMs,
    etag: isDeleteMarker ? '' : etag,
    sizeBytes: isDeleteMarker ? 0 : (sizeBytes ?? 0),
    storageClass: isDeleteMarker ? '' : storageClass || 'STANDARD',
  };
}

/** Undefined unless it says one or the other. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.trim();
  if (word === 'true') return true;
  return word === 'false' ? false : undefined;
}

export function parseSize(text: string): number | undefined {
  const digits = text.trim();
  const size = Number(digits);
  return /^[0-9]+$/.test(digits) && Number.isSafeInteger(size) ? size : undefined;
}

/** Stores write the quotes as entities, raw, or not at all. */
export function unquote(etag: string): string {
  return etag.length >= 2 && etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}
