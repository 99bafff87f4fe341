/** Multipart uploads: create, complete, abort. */
import { createHash } from 'node:crypto';
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { concatContent } from '../model/content.ts';
import type { Store } from '../model/store.ts';
import type { MultipartUpload, UploadedPart } from '../model/upload.ts';
import { S3Error } from '../s3-error.ts';
import { childText, document, element, parseXml } from '../xml.ts';
import { attributesOf, versionHeader } from './attributes.ts';
import type { Call, Context } from './call.ts';
import { checkWriteConditions } from './conditions.ts';

export function createMultipartUpload(call: Call, { store }: Context): Answer {
  const bucket = store.writableBucket(call.bucket);
  const order = bucket.nextOrder();
  const uploadId = createHash('sha256').update(`${call.bucket}/${call.key}/${order}`).digest('base64url');
  store.uploads.set(uploadId, {
    uploadId,
    bucket: call.bucket,
    key: call.key,
    initiatedMs: call.nowMs,
    order,
    attributes: attributesOf(call, bucket.settings),
    parts: new Map(),
  });
  const result = element('Bucket', call.bucket) + element('Key', call.key) + element('UploadId', uploadId);
  return xmlAnswer(document('InitiateMultipartUploadResult', result));
}

export function completeMultipartUpload(call: Call, { store, options }: Context): Answer {
  const bucket = store.writableBucket(call.bucket);
  const upload = findUpload(call, store);
  const parts = chooseParts(call, upload);
  for (const part of parts.slice(0, -1)) {
    if (part.content.sizeBytes < options.minPartBytes) {
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        elements: { PartNumber: String(part.partNumber), MinSizeAllowed: String(options.minPartBytes) },
      });
    }
  }
  checkWriteConditions(call, bucket.versionsOf(call.key)?.current);
  const version = bucket.addVersion(
    call.key,
    {
      ...upload.attributes,
      content: concatContent(parts.map((part) => part.content)),
      etag: multipartEtag(parts),
      lastModifiedMs: upload.initiatedMs,
    },
    { order: upload.order },
  );
  store.uploads.delete(upload.uploadId);
  const result =
    element('Bucket', call.bucket) + element('Key', call.key) + element('ETag', `"${version.etag}"`);
  return xmlAnswer(document('CompleteMultipartUploadResult', result), versionHeader(bucket, version));
}

export function abortMultipartUpload(call: Call, { store }: Context): Answer {
  store.uploads.delete(findUpload(call, store).uploadId);
  return emptyAnswer(204);
}

/** @throws S3Error NoSuchBucket, NoSuchUpload */
export function findUpload(call: Call, store: Store): MultipartUpload {
  store.bucket(call.bucket);
  const upload = store.uploads.get(call.query.get('uploadId') ?? '');
  if (upload?.bucket === call.bucket && upload.key === call.key) return upload;
  throw new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
}

function chooseParts(call: Call, upload: MultipartUpload): UploadedPart[] {
  const wanted = parseXml(call.body.toString('utf8')).children.filter(
    (candidate) => candidate.name === 'Part',
  );
  if (wanted.length === 0) throw new S3Error('MalformedXML', 'You must specify at least one part');
  let previous = 0;
  return wanted.map((listed) => {
    const partNumber = Number(childText(listed, 'PartNumber'));
    if (partNumber <= previous) {
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    previous = partNumber;
    const part = upload.parts.get(partNumber);
    if (part?.etag === childText(listed, 'ETag')?.replaceAll('"', '')) return part as UploadedPart;
    throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.', {
      elements: { PartNumber: String(partNumber) },
    });
  });
}

/** The MD5 of the parts' MD5s, a dash, and how many there are (trap 18). */
function multipartEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
