/** DeleteObject and DeleteObjects. */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { header } from '../http/request.ts';
import type { MemoryBucket } from '../model/memory-bucket.ts';
import { NULL_VERSION_ID } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { childText, document, element, parseXml } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import type { Call, Context } from './call.ts';
import { checkWriteConditions } from './conditions.ts';
import { assertUnlocked } from './lock.ts';

const MAX_KEYS = 1000;

interface Deleted {
  /** Of the version deleted or the marker made. */
  versionId?: string;
  /** A marker was deleted or made. */
  isDeleteMarker: boolean;
}

export function deleteObject(call: Call, context: Context): Answer {
  const bucket = context.store.writableBucket(call.bucket);
  if (header(call, 'if-match') !== undefined)
    checkWriteConditions(call, bucket.versionsOf(call.key)?.current);
  const deleted = deleteOne(call, context, bucket, call.key, call.query.get('versionId'));
  return emptyAnswer(204, {
    ...(deleted.versionId === undefined ? {} : { 'x-amz-version-id': deleted.versionId }),
    ...(deleted.isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
  });
}

/** Answers 200 with an error for each key that failed, in quiet mode too (trap 22). */
export function deleteObjects(call: Call, context: Context): Answer {
  const bucket = context.store.writableBucket(call.bucket);
  if (header(call, 'content-md5') === undefined && Object.keys(call.checksums).length === 0) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  const request = parseXml(call.body.toString('utf8'));
  const objects = request.children.filter((candidate) => candidate.name === 'Object');
  if (objects.length === 0 || objects.length > MAX_KEYS) {
    throw new S3Error('MalformedXML', `One to ${MAX_KEYS} objects can be deleted at once`);
  }
  const quiet = childText(request, 'Quiet') === 'true';
  const results = objects.map((object) => deleteListed(call, context, bucket, object, quiet));
  return xmlAnswer(document('DeleteResult', results.join('')));
}

function deleteListed(
  call: Call,
  context: Context,
  bucket: MemoryBucket,
  object: XmlElement,
  quiet: boolean,
): string {
  const key = childText(object, 'Key') ?? '';
  const versionId = childText(object, 'VersionId');
  const named = element('Key', key) + element('VersionId', versionId);
  try {
    context.faults.checkKey(call.operation, call.bucket, key);
    const deleted = deleteOne(call, context, bucket, key, versionId);
    return quiet ? '' : `<Deleted>${named}${markerElements(deleted)}</Deleted>`;
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return `<Error>${named}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
  }
}

function markerElements(deleted: Deleted): string {
  if (!deleted.isDeleteMarker) return '';
  return element('DeleteMarker', true) + element('DeleteMarkerVersionId', deleted.versionId);
}

/** Deleting what is not there succeeds. @throws S3Error AccessDenied for a locked version (trap 13) */
function deleteOne(
  call: Call,
  context: Context,
  bucket: MemoryBucket,
  key: string,
  versionId: string | undefined,
): Deleted {
  if (versionId !== undefined) {
    const isDeleteMarker = deleteForGood(call, context, bucket, key, versionId);
    return { versionId, isDeleteMarker };
  }
  if (bucket.settings.versioning === 'off') {
    deleteForGood(call, context, bucket, key, NULL_VERSION_ID);
    return { isDeleteMarker: false };
  }
  const marker = bucket.addDeleteMarker(key, call.nowMs);
  return { versionId: marker.versionId, isDeleteMarker: true };
}

/** Whether it was a delete marker. */
function deleteForGood(
  call: Call,
  { store }: Context,
  bucket: MemoryBucket,
  key: string,
  versionId: string,
): boolean {
  const version = bucket.versionsOf(key)?.find(versionId);
  if (version === undefined) return false;
  assertUnlocked(version, header(call, 'x-amz-bypass-governance-retention') === 'true', call.nowMs);
  bucket.removeVersion(key, versionId);
  const { isDeleteMarker } = version;
  store.deletions.push({ bucket: bucket.name, key, versionId, timeMs: call.nowMs, isDeleteMarker });
  return isDeleteMarker;
}
