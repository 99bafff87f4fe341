/** CopyObject, and the source of any server-side copy. */
import { xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { header } from '../http/request.ts';
import { md5Hex } from '../model/content.ts';
import { existingObject } from '../model/store.ts';
import type { Bucket, ObjectVersion } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { isoTime } from '../times.ts';
import { document, element } from '../xml.ts';
import { attributesOf, copiedHeaders, ownHeaders, placeAttributes, versionHeader } from './attributes.ts';
import type { Call, Context } from './call.ts';
import { checkCopySource, checkWriteConditions } from './conditions.ts';
import { assertReadable } from './thaw.ts';

export interface CopySource {
  bucket: Bucket;
  key: string;
  versionId: string | undefined;
  version: ObjectVersion;
}

export function copyObject(call: Call, context: Context): Answer {
  const destination = context.store.writableBucket(call.bucket);
  const source = openCopySource(call, context);
  checkSize(source.version.sizeBytes, context);
  checkWriteConditions(call, destination.versionsOf(call.key)?.current);
  const directives = readDirectives(call, source);
  const given = attributesOf(call, destination.settings);
  const version = destination.addVersion(call.key, {
    ...placeAttributes(call, destination.settings),
    headers: directives.replaceMetadata
      ? (given.headers ?? {})
      : { ...copiedHeaders(source.version), ...ownHeaders(call) },
    metadata: directives.replaceMetadata ? (given.metadata ?? {}) : source.version.metadata,
    tags: directives.replaceTags ? (given.tags ?? {}) : source.version.tags,
    content: source.version.content,
    checksums: source.version.checksums,
    etag: copiedEtag(source.version),
    lastModifiedMs: call.nowMs,
  });
  const result =
    element('LastModified', isoTime(version.lastModifiedMs, context.options.secondsOnly)) +
    element('ETag', `"${version.etag}"`);
  return xmlAnswer(document('CopyObjectResult', result), {
    ...versionHeader(destination, version),
    ...copySourceHeader(source),
  });
}

/** @throws S3Error InvalidArgument, NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidRequest, InvalidObjectState, PreconditionFailed, AccessDenied */
export function openCopySource(call: Call, context: Context): CopySource {
  const { bucketName, key, versionId } = parseCopySource(header(call, 'x-amz-copy-source') ?? '');
  context.faults.checkKey('GetObject', bucketName, key);
  const bucket = context.store.bucket(bucketName);
  const versions = bucket.versionsOf(key);
  const found = versionId === undefined ? versions?.at(0) : versions?.find(versionId);
  if (found?.isDeleteMarker && versionId !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    );
  }
  const version = existingObject(found, key, versionId);
  assertReadable(version, call.nowMs);
  checkCopySource(call, version);
  return { bucket, key, versionId, version };
}

export function copySourceHeader(source: CopySource): Record<string, string> {
  if (source.bucket.settings.versioning === 'off') return {};
  return { 'x-amz-copy-source-version-id': source.version.versionId };
}

/** @throws S3Error InvalidRequest (trap 15) */
export function checkSize(sizeBytes: number, { options }: Context): void {
  if (sizeBytes <= options.maxCopyBytes) return;
  throw new S3Error(
    'InvalidRequest',
    `The specified copy source is larger than the maximum allowable size for a copy source: ${options.maxCopyBytes}`,
  );
}

/** `/bucket/key?versionId=id`, percent-encoded, with or without the leading slash. */
function parseCopySource(value: string): { bucketName: string; key: string; versionId: string | undefined } {
  const match = /^\/?([^/?]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(value);
  if (match === null) {
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  const [, bucketName = '', key = '', versionId] = match;
  return {
    bucketName: decodeURIComponent(bucketName),
    key: decodeURIComponent(key),
    versionId: versionId === undefined ? undefined : decodeURIComponent(versionId),
  };
}

function readDirectives(call: Call, source: CopySource) {
  const replaceMetadata = header(call, 'x-amz-metadata-directive') === 'REPLACE';
  const replaceTags = header(call, 'x-amz-tagging-directive') === 'REPLACE';
  const isSelf =
    source.bucket.name === call.bucket && source.key === call.key && source.versionId === undefined;
  const changes =
    replaceMetadata ||
    replaceTags ||
    header(call, 'x-amz-storage-class') !== undefined ||
    Object.keys(ownHeaders(call)).length > 0;
  if (isSelf && !changes) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return { replaceMetadata, replaceTags };
}

/** A copy is one piece, so the etag of a multipart upload is not kept (trap 18). */
function copiedEtag(source: ObjectVersion): string {
  return source.etag.includes('-') ? md5Hex(source.content) : source.etag;
}
