/** ListObjectVersions. Its XML is put together as text: benchmarks measure clients against it. */
import { xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { applyPageFaults, requestQuirks } from '../faults/page-faults.ts';
import { collectPage } from '../listing/page.ts';
import type { Page, PageRequest } from '../listing/page.ts';
import { thawStatus } from '../listing/thaw-status.ts';
import { S3Error } from '../s3-error.ts';
import { makeIsoFormatter } from '../times.ts';
import { document, element, escapeXml } from '../xml.ts';
import type { Call, Context } from './call.ts';
import { asksForThawStatus, keyEncoder, readLimit } from './list-request.ts';

const OWNER = `<Owner><ID>${'0e3bedded5'.repeat(6)}0e3b</ID></Owner>`;

export function listObjectVersions(call: Call, { store, options }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  const asked = readRequest(call);
  const collected = collectPage(bucket.source(), { ...asked, ...requestQuirks(call.faults, asked) });
  const page = applyPageFaults(call.faults, collected, asked);
  const encode = keyEncoder(call);
  return xmlAnswer(
    document(
      'ListVersionsResult',
      element('Name', call.bucket) +
        head(call, asked, page, encode) +
        renderItems(call, page, encode, options.secondsOnly) +
        renderPrefixes(page.commonPrefixes, encode),
    ),
  );
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

function renderItems(call: Call, page: Page, encode: (key: string) => string, secondsOnly: boolean): string {
  const time = makeIsoFormatter(secondsOnly);
  const withThaw = asksForThawStatus(call);
  let xml = '';
  for (const { key, isLatest, version } of page.items) {
    const common =
      `<Key>${escapeXml(encode(key))}</Key><VersionId>${version.versionId}</VersionId><IsLatest>${isLatest}</IsLatest>` +
      `<LastModified>${time(version.lastModifiedMs)}</LastModified>`;
    if (version.isDeleteMarker) xml += `<DeleteMarker>${common}${OWNER}</DeleteMarker>`;
    else {
      const thaw = withThaw ? thawStatus(version, call.nowMs) : '';
      xml += `<Version>${common}<ETag>&quot;${version.etag}&quot;</ETag><Size>${version.sizeBytes}</Size>${OWNER}<StorageClass>${version.storageClass}</StorageClass>${thaw}</Version>`;
    }
  }
  return xml;
}

function renderPrefixes(prefixes: readonly string[], encode: (key: string) => string): string {
  return prefixes
    .map((prefix) => `<CommonPrefixes>${element('Prefix', encode(prefix))}</CommonPrefixes>`)
    .join('');
}
