/**
 * Reads the body of a ListObjectsV2 answer (ListBucketResult in the S3 API reference): any order of elements, unknown ones skipped. An
 * object that lacks what it must have, or has a value that is not what it should be, is an error: never a wrong object.
 */
import { parseIsoTime } from './iso-time.ts';
import { parseBoolean, parseSize, unquote } from './listed-item.ts';
import { urlDecode } from './list-versions-xml.ts';
import type { ListedObject } from './types.ts';
import { XmlReader } from './xml-reader.ts';

export interface ScannedObjects {
  objects: ListedObject[];
  isTruncated: boolean;
}

/**
 * An object as AWS and radosgw write it, with nothing in it that would have to be decoded but the key's own encoding: most are read by
 * this, at a fifth of the cost.
 */
const plainObject =
  /<Contents><Key>([!-%'-;=-~]+)<\/Key><LastModified>([\d:.TZ-]+)<\/LastModified><ETag>(?:&quot;|&#34;|")?([0-9A-Za-z-]*)(?:&quot;|&#34;|")?<\/ETag>(?:<Checksum(?:Algorithm|Type)>[A-Z0-9_]*<\/Checksum(?:Algorithm|Type)>)*<Size>(\d{1,15})<\/Size><StorageClass>([A-Z0-9_]+)<\/StorageClass>(?:<Type>[A-Za-z]*<\/Type>)?<\/Contents>/y;

/** Throws XmlError where the body is cut off, malformed, or not a listing of objects. */
export function scanObjectPage(body: Buffer): ScannedObjects {
  const reader = new XmlReader(body);
  reader.openRoot();
  if (reader.name !== 'ListBucketResult')
    reader.fail(`the answer is <${reader.name}>, not a listing of objects`);
  const root = reader.opened() ?? reader.fail('the listing is empty');
  const objects: ListedObject[] = [];
  let isTruncated: boolean | undefined;
  let encoding = '';
  for (;;) {
    for (let plain = plainAt(reader); plain !== undefined; plain = plainAt(reader)) objects.push(plain);
    if (!reader.openChild()) break;
    if (reader.name === 'Contents') objects.push(readObject(reader));
    else if (reader.name === 'IsTruncated')
      isTruncated = parseBoolean(reader.text()) ?? reader.fail('IsTruncated is neither true nor false');
    else if (reader.name === 'EncodingType') encoding = reader.text().trim();
    else reader.skip();
  }
  reader.close(root);
  reader.finish();
  if (isTruncated === undefined) return reader.fail('the page does not say whether it is truncated');
  if (encoding.toLowerCase() === 'url') decodeKeys(reader, objects);
  else if (encoding !== '') reader.fail(`the encoding of keys is ${encoding}, not url`);
  return { objects, isTruncated };
}

/** Goes behind it where it stands there. */
function plainAt(reader: XmlReader): ListedObject | undefined {
  plainObject.lastIndex = reader.at;
  const [whole, key = '', time = '', etag = '', size, storageClass = ''] =
    plainObject.exec(reader.document) ?? [];
  const lastModifiedMs = parseIsoTime(time);
  if (whole === undefined || Number.isNaN(lastModifiedMs)) return undefined;
  reader.at += whole.length;
  return { key, sizeBytes: Number(size), etag, lastModifiedMs, storageClass };
}

function readObject(reader: XmlReader): ListedObject {
  const tag = reader.opened() ?? reader.fail('an item is empty');
  let key = '';
  let etag = '';
  let storageClass = '';
  let lastModifiedMs = NaN;
  let sizeBytes: number | undefined;
  while (reader.openChild()) {
    if (reader.name === 'Key') key = reader.text();
    else if (reader.name === 'ETag') etag = unquote(reader.text());
    else if (reader.name === 'Size') sizeBytes = parseSize(reader.text());
    else if (reader.name === 'LastModified') lastModifiedMs = parseIsoTime(reader.text().trim());
    else if (reader.name === 'StorageClass') storageClass = reader.text();
    else reader.skip();
  }
  reader.close(tag);
  if (key === '') return reader.fail('an item has no Key');
  if (sizeBytes === undefined) return reader.fail('an item has no Size');
  if (Number.isNaN(lastModifiedMs)) return reader.fail('an item has no LastModified');
  return { key, sizeBytes, etag, lastModifiedMs, storageClass: storageClass || 'STANDARD' };
}

function decodeKeys(reader: XmlReader, objects: readonly ListedObject[]): void {
  for (const object of objects) {
    if (!object.key.includes('%') && !object.key.includes('+')) continue;
    object.key =
      urlDecode(object.key) ??
      reader.fail(`${JSON.stringify(object.key)} is not url-encoded as the page says`);
  }
}
