/** GetObject and HeadObject. */
import { emptyAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { header } from '../http/request.ts';
import { sliceContent } from '../model/content.ts';
import { existingObject } from '../model/store.ts';
import type { Bucket, ObjectVersion } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { answerHeaders } from './attributes.ts';
import type { Call, Context } from './call.ts';
import { checkReadConditions } from './conditions.ts';
import { assertReadable } from './thaw.ts';

export function getObject(call: Call, { store }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  const version = readVersion(bucket, call.key, call.query.get('versionId'));
  if (call.method === 'GET') assertReadable(version, call.nowMs);
  const headers = { ...answerHeaders(bucket, version, call.nowMs), ...overrides(call) };
  if (checkReadConditions(call, version) === 'not modified') return emptyAnswer(304, headers);
  const range = parseRange(header(call, 'range'), version.sizeBytes);
  if (range !== undefined) return rangeAnswer(version, headers, range);
  if (header(call, 'x-amz-checksum-mode') === 'ENABLED') Object.assign(headers, version.checksums);
  return { status: 200, headers, body: version.content };
}

/** @throws S3Error NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker */
export function readVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  const versions = bucket.versionsOf(key);
  const version = versionId === undefined ? versions?.at(0) : versions?.find(versionId);
  return existingObject(version, key, versionId);
}

function rangeAnswer(
  version: ObjectVersion,
  headers: Record<string, string>,
  range: { start: number; end: number },
): Answer {
  const contentRange = `bytes ${range.start}-${range.end - 1}/${version.sizeBytes}`;
  return {
    status: 206,
    headers: { ...headers, 'content-range': contentRange },
    body: sliceContent(version.content, range.start, range.end),
  };
}

/** Undefined where there is no range, or one of another form, which is ignored. @throws S3Error InvalidRange */
export function parseRange(
  value: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(value ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(sizeBytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (start < end) return { start, end };
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    elements: { RangeRequested: value ?? '', ActualObjectSize: String(sizeBytes) },
  });
}

/** `response-content-type` and its like in the query. */
function overrides(call: Call): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of call.query) {
    if (/^response-(cache-control|content-\w+|expires)$/.test(name))
      headers[name.slice('response-'.length)] = value;
  }
  return headers;
}
