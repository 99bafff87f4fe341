/** ListObjectVersions. */
import type { Answer } from '../http/answer.ts';
import { applyPageFaults, requestQuirks } from '../faults/page-faults.ts';
import { collectPage } from '../listing/page.ts';
import type { Page, PageRequest } from '../listing/page.ts';
import { PageWriter } from '../listing/page-writer.ts';
import { thawStatus } from '../listing/thaw-status.ts';
import { writeVersionItems } from '../listing/version-items.ts';
import { contentOf } from '../model/content.ts';
import { S3Error } from '../s3-error.ts';
import { XML_HEAD, XML_NAMESPACE, element } from '../xml.ts';
import type { Call, Context } from './call.ts';
import { asksForThawStatus, keyEncoder, readLimit } from './list-request.ts';

const ITEM_BYTES = 450;
const HEAD_BYTES = 32 * 1024;
const END = '</ListVersionsResult>';

export function listObjectVersions(call: Call, { store, options }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  const asked = readRequest(call);
  const collected = collectPage(bucket.source(), { ...asked, ...requestQuirks(call.faults, asked) });
  const page = applyPageFaults(call.faults, collected, asked);
  const encode = keyEncoder(call);
  const withThaw = asksForThawStatus(call);
  const writer = new PageWriter(HEAD_BYTES + page.items.length * ITEM_BYTES, options.secondsOnly);
  const start = `${XML_HEAD}<ListVersionsResult ${XML_NAMESPACE}>${element('Name', call.bucket)}`;
  const end = renderPrefixes(page.commonPrefixes, encode) + END;
  writer.text(start + head(call, asked, page, encode));
  writeVersionItems(writer, page.items, {
    encode,
    thawStatus: (version) => (withThaw ? thawStatus(version, call.nowMs) : ''),
  });
  writer.reserve(3 * end.length);
  writer.text(end);
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: contentOf(writer.bytes()) };
}

function readRequest(call: Call): PageRequest {
  const { query } = call;
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = query.get('version-id-marker');
  if (versionIdMarker !== undefined && keyMarker === '') {
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
  }
  if (versionIdMarker === '') throw new S3Error('InvalidArgument', 'A version-id marker cannot be empty.');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: readLimit(call, 'max-keys'),
    keyMarker,
    versionIdMarker,
    shows: 'versions',
  };
}

function head(call: Call, asked: PageRequest, page: Page, encode: (key: string) => string): string {
  const nextKey = page.nextKeyMarker === undefined ? undefined : encode(page.nextKeyMarker);
  return (
    element('Prefix', encode(asked.prefix)) +
    element('KeyMarker', encode(asked.keyMarker)) +
    element('VersionIdMarker', asked.versionIdMarker ?? '') +
    element('NextKeyMarker', nextKey) +
    element('NextVersionIdMarker', page.nextVersionIdMarker) +
    element('MaxKeys', asked.maxKeys) +
    element('Delimiter', asked.delimiter === '' ? undefined : encode(asked.delimiter)) +
    element('EncodingType', call.query.get('encoding-type') || undefined) +
    element('IsTruncated', page.isTruncated)
  );
}

function renderPrefixes(prefixes: readonly string[], encode: (key: string) => string): string {
  return prefixes
    .map((prefix) => `<CommonPrefixes>${element('Prefix', encode(prefix))}</CommonPrefixes>`)
    .join('');
}
