/** The Version and DeleteMarker elements of ListObjectVersions. */
import { OWNER_ID } from '../model/version.ts';
import type { ObjectVersion } from '../model/version.ts';
import { escapeXml } from '../xml.ts';
import type { PageItem } from './page.ts';
import type { PageWriter } from './page-writer.ts';

const OWNER = `<Owner><ID>${OWNER_ID}</ID></Owner>`;
const VERSION_KEY = Buffer.from('<Version><Key>');
const MARKER_KEY = Buffer.from('<DeleteMarker><Key>');
const VERSION_ID = Buffer.from('</Key><VersionId>');
const LATEST = Buffer.from('</VersionId><IsLatest>true</IsLatest><LastModified>');
const NOT_LATEST = Buffer.from('</VersionId><IsLatest>false</IsLatest><LastModified>');
const ETAG = Buffer.from('</LastModified><ETag>&quot;');
const SIZE = Buffer.from('&quot;</ETag><Size>');
const STORAGE_CLASS = Buffer.from(`</Size>${OWNER}<StorageClass>`);
const END_VERSION = Buffer.from('</Version>');
const END_STORAGE_CLASS = Buffer.from('</StorageClass>');
const END_MARKER = Buffer.from(`</LastModified>${OWNER}</DeleteMarker>`);
/** More than all the parts above together, and the fields of fixed length. */
const FIXED_BYTES = 1024;
const PLAIN_KEY = /^[A-Za-z0-9\-._*/]*$/;

export interface ItemOptions {
  encode: (key: string) => string;
  /** What RestoreStatus says, empty where it was not asked for. */
  thawStatus: (version: ObjectVersion) => string;
}

export function writeVersionItems(
  writer: PageWriter,
  items: readonly PageItem[],
  options: ItemOptions,
): void {
  for (const { key, isLatest, version } of items) {
    writer.constant(version.isDeleteMarker ? MARKER_KEY : VERSION_KEY);
    writeKey(writer, key, options);
    writer.constant(VERSION_ID);
    if (version.writeVersionId === undefined) writer.text(version.versionId);
    else version.writeVersionId(writer);
    writer.constant(isLatest ? LATEST : NOT_LATEST);
    writer.time(version.lastModifiedMs);
    if (version.isDeleteMarker) writer.constant(END_MARKER);
    else writeObject(writer, version, options);
  }
}

function writeKey(writer: PageWriter, key: string, { encode }: ItemOptions): void {
  if (PLAIN_KEY.test(key)) {
    writer.reserve(FIXED_BYTES + key.length);
    writer.ascii(key);
    return;
  }
  const text = escapeXml(encode(key));
  writer.reserve(FIXED_BYTES + 3 * text.length);
  writer.text(text);
}

function writeObject(writer: PageWriter, version: ObjectVersion, { thawStatus }: ItemOptions): void {
  writer.constant(ETAG);
  if (version.writeEtag === undefined) writer.text(version.etag);
  else version.writeEtag(writer);
  writer.constant(SIZE);
  writer.ascii(String(version.sizeBytes));
  writer.constant(STORAGE_CLASS);
  writer.ascii(version.storageClass);
  writer.constant(END_STORAGE_CLASS);
  const thaw = thawStatus(version);
  if (thaw !== '') writer.ascii(thaw);
  writer.constant(END_VERSION);
}
