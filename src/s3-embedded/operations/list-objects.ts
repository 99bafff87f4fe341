/** ListObjectsV2 and ListObjects: each key's current version, where it is no delete marker. */
import { xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { applyPageFaults, requestQuirks } from '../faults/page-faults.ts';
import { collectPage } from '../listing/page.ts';
import type { Page, PageRequest } from '../listing/page.ts';
import { thawStatus } from '../listing/thaw-status.ts';
import { S3Error } from '../s3-error.ts';
import { isoTime } from '../times.ts';
import { document, element, escapeXml } from '../xml.ts';
import type { Call, Context } from './call.ts';
import { asksForThawStatus, keyEncoder, readLimit } from './list-request.ts';

export function listObjectsV2(call: Call, context: Context): Answer {
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const keyMarker = token === undefined ? (startAfter ?? '') : fromToken(token);
  const { page, encode, body } = list(call, context, keyMarker);
  const nextToken =
    page.isTruncated && page.nextKeyMarker !== undefined ? toToken(page.nextKeyMarker) : undefined;
  return xmlAnswer(
    document(
      'ListBucketResult',
      body +
        element('KeyCount', page.items.length + page.commonPrefixes.length) +
        element('ContinuationToken', token) +
        element('NextContinuationToken', nextToken) +
        element('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
    ),
  );
}

/** The older form says where to go on only with a delimiter; without one, it is the last key. */
export function listObjects(call: Call, context: Context): Answer {
  const marker = call.query.get('marker') ?? '';
  const { page, encode, body } = list(call, context, marker);
  const saysNext = page.isTruncated && call.query.get('delimiter') && page.nextKeyMarker !== undefined;
  return xmlAnswer(
    document(
      'ListBucketResult',
      body +
        element('Marker', encode(marker)) +
        element('NextMarker', saysNext ? encode(page.nextKeyMarker as string) : undefined),
    ),
  );
}

function list(call: Call, { store, options }: Context, keyMarker: string) {
  const bucket = store.bucket(call.bucket);
  const { query } = call;
  const asked: PageRequest = {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: readLimit(call, 'max-keys'),
    keyMarker,
    shows: 'objects',
  };
  const collected = collectPage(bucket.source(), { ...asked, ...requestQuirks(call.faults, asked) });
  const page = applyPageFaults(call.faults, collected, asked);
  const encode = keyEncoder(call);
  const body =
    element('Name', call.bucket) +
    element('Prefix', encode(asked.prefix)) +
    element('MaxKeys', asked.maxKeys) +
    element('Delimiter', asked.delimiter === '' ? undefined : encode(asked.delimiter)) +
    element('EncodingType', query.get('encoding-type') || undefined) +
    element('IsTruncated', page.isTruncated) +
    renderItems(call, page, encode, options.secondsOnly);
  return { page, encode, body };
}

function renderItems(call: Call, page: Page, encode: (key: string) => string, secondsOnly: boolean): string {
  const withThaw = asksForThawStatus(call);
  let xml = '';
  for (const { key, version } of page.items) {
    xml +=
      `<Contents><Key>${escapeXml(encode(key))}</Key><LastModified>${isoTime(version.lastModifiedMs, secondsOnly)}</LastModified>` +
      `<ETag>&quot;${version.etag}&quot;</ETag><Size>${version.sizeBytes}</Size><StorageClass>${version.storageClass}</StorageClass>` +
      `${withThaw ? thawStatus(version, call.nowMs) : ''}</Contents>`;
  }
  for (const prefix of page.commonPrefixes) {
    xml += `<CommonPrefixes>${element('Prefix', encode(prefix))}</CommonPrefixes>`;
  }
  return xml;
}

function toToken(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64');
}

function fromToken(token: string): string {
  const key = Buffer.from(token, 'base64').toString('utf8');
  if (key !== '' && toToken(key) === token) return key;
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
}
