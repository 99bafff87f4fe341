/** If-Match and its relatives, on reads, on the source of copies, and on writes. */
import { header } from '../http/request.ts';
import type { S3Request } from '../http/request.ts';
import type { ObjectVersion } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';

export type Verdict = 'go on' | 'not modified';

/**
 * As in RFC 9110, section 13.2.2: a matching etag overrides the date beside it.
 * @param prefix `` on reads, `x-amz-copy-source-` on copies
 * @throws S3Error PreconditionFailed
 */
export function checkReadConditions(request: S3Request, version: ObjectVersion, prefix = ''): Verdict {
  const ifMatch = header(request, `${prefix}if-match`);
  const ifUnmodifiedSince = header(request, `${prefix}if-unmodified-since`);
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, version.etag)) throw failed(`${prefix}If-Match`);
  } else if (ifUnmodifiedSince !== undefined && isModifiedSince(version, ifUnmodifiedSince)) {
    throw failed(`${prefix}If-Unmodified-Since`);
  }
  const ifNoneMatch = header(request, `${prefix}if-none-match`);
  const ifModifiedSince = header(request, `${prefix}if-modified-since`);
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, version.etag) ? 'not modified' : 'go on';
  if (ifModifiedSince !== undefined && !isModifiedSince(version, ifModifiedSince)) return 'not modified';
  return 'go on';
}

/** The same for the source of a copy, where "not modified" is an error. @throws S3Error PreconditionFailed */
export function checkCopySource(request: S3Request, version: ObjectVersion): void {
  if (checkReadConditions(request, version, 'x-amz-copy-source-') === 'not modified') {
    throw failed('x-amz-copy-source-If-None-Match');
  }
}

/** If-Match and If-None-Match: * on writes. @throws S3Error PreconditionFailed, NoSuchKey, NotImplemented */
export function checkWriteConditions(request: S3Request, current: ObjectVersion | undefined): void {
  const existing = current?.isDeleteMarker ? undefined : current;
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
    );
  }
  if (ifNoneMatch === '*' && existing !== undefined) throw failed('If-None-Match');
  const ifMatch = header(request, 'if-match');
  if (ifMatch === undefined) return;
  if (existing === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  if (!namesEtag(ifMatch, existing.etag)) throw failed('If-Match');
}

function namesEtag(condition: string, etag: string): boolean {
  if (condition.trim() === '*') return true;
  return condition.split(',').some((candidate) => candidate.trim().replace(/^"|"$/g, '') === etag);
}

/** Whole seconds, which is all that the header can say. */
function isModifiedSince(version: ObjectVersion, since: string): boolean {
  const sinceMs = Date.parse(since);
  return !Number.isNaN(sinceMs) && Math.floor(version.lastModifiedMs / 1000) * 1000 > sinceMs;
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    elements: { Condition: condition },
  });
}
