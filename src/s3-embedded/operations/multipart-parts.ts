/** UploadPart, UploadPartCopy, ListParts, ListMultipartUploads. */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { header } from '../http/request.ts';
import { contentOf, md5Hex, sliceContent } from '../model/content.ts';
import type { Content } from '../model/content.ts';
import { compareKeyBytes } from '../model/key-order.ts';
import type { MultipartUpload } from '../model/upload.ts';
import { S3Error } from '../s3-error.ts';
import { isoTime } from '../times.ts';
import { document, element } from '../xml.ts';
import type { Call, Context } from './call.ts';
import { readLimit } from './list-request.ts';
import { findUpload } from './multipart.ts';
import { checkSize, copySourceHeader, openCopySource } from './object-copy.ts';

const MAX_PART_NUMBER = 10_000;

export function uploadPart(call: Call, { store }: Context): Answer {
  const etag = addPart(call, findUpload(call, store), contentOf(call.body));
  return emptyAnswer(200, { etag: `"${etag}"`, ...call.checksums });
}

export function uploadPartCopy(call: Call, context: Context): Answer {
  const upload = findUpload(call, context.store);
  const source = openCopySource(call, context);
  const content = copiedRange(header(call, 'x-amz-copy-source-range'), source.version.content);
  checkSize(content.sizeBytes, context);
  const etag = addPart(call, upload, content);
  const result =
    element('LastModified', isoTime(call.nowMs, context.options.secondsOnly)) + element('ETag', `"${etag}"`);
  return xmlAnswer(document('CopyPartResult', result), copySourceHeader(source));
}

export function listParts(call: Call, { store, options }: Context): Answer {
  const upload = findUpload(call, store);
  const after = Number(call.query.get('part-number-marker') ?? 0);
  const limit = readLimit(call, 'max-parts');
  const parts = [...upload.parts.values()]
    .sort((a, b) => a.partNumber - b.partNumber)
    .filter((part) => part.partNumber > after);
  const listed = parts.slice(0, limit);
  const elements = listed.map(
    (part) =>
      `<Part>${element('PartNumber', part.partNumber)}${element('LastModified', isoTime(part.lastModifiedMs, options.secondsOnly))}` +
      `${element('ETag', `"${part.etag}"`)}${element('Size', part.content.sizeBytes)}</Part>`,
  );
  const isTruncated = listed.length < parts.length;
  return xmlAnswer(
    document(
      'ListPartsResult',
      element('Bucket', call.bucket) +
        element('Key', call.key) +
        element('UploadId', upload.uploadId) +
        element('PartNumberMarker', after) +
        element('NextPartNumberMarker', isTruncated ? listed.at(-1)?.partNumber : undefined) +
        element('MaxParts', limit) +
        element('IsTruncated', isTruncated) +
        element('StorageClass', upload.attributes.storageClass) +
        elements.join(''),
    ),
  );
}

export function listMultipartUploads(call: Call, { store, options }: Context): Answer {
  store.bucket(call.bucket);
  if (call.query.has('delimiter')) {
    throw new S3Error(
      'NotImplemented',
      'ListMultipartUploads with a delimiter is not implemented by this server',
    );
  }
  const prefix = call.query.get('prefix') ?? '';
  const limit = readLimit(call, 'max-uploads');
  const uploads = [...store.uploads.values()]
    .filter((upload) => upload.bucket === call.bucket && upload.key.startsWith(prefix))
    .sort((a, b) => compareKeyBytes(a.key, b.key) || a.order - b.order);
  const remaining = uploads.slice(startOfUploads(call, uploads));
  const listed = remaining.slice(0, limit);
  const isTruncated = listed.length < remaining.length;
  const last = isTruncated ? listed.at(-1) : undefined;
  const elements = listed.map(
    (upload) =>
      `<Upload>${element('Key', upload.key)}${element('UploadId', upload.uploadId)}` +
      `${element('StorageClass', upload.attributes.storageClass)}${element('Initiated', isoTime(upload.initiatedMs, options.secondsOnly))}</Upload>`,
  );
  return xmlAnswer(
    document(
      'ListMultipartUploadsResult',
      element('Bucket', call.bucket) +
        element('Prefix', prefix) +
        element('NextKeyMarker', last?.key) +
        element('NextUploadIdMarker', last?.uploadId) +
        element('MaxUploads', limit) +
        element('IsTruncated', isTruncated) +
        elements.join(''),
    ),
  );
}

function startOfUploads(call: Call, uploads: readonly MultipartUpload[]): number {
  const keyMarker = call.query.get('key-marker') ?? '';
  if (keyMarker === '') return 0;
  const marked = uploads.findIndex((upload) => upload.uploadId === call.query.get('upload-id-marker'));
  if (marked !== -1) return marked + 1;
  const start = uploads.findIndex((upload) => compareKeyBytes(upload.key, keyMarker) > 0);
  return start === -1 ? uploads.length : start;
}

function addPart(call: Call, upload: MultipartUpload, content: Content): string {
  const partNumber = Number(call.query.get('partNumber'));
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PART_NUMBER) {
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
    );
  }
  const etag = md5Hex(content);
  upload.parts.set(partNumber, { partNumber, etag, content, lastModifiedMs: call.nowMs });
  return etag;
}

function copiedRange(range: string | undefined, content: Content): Content {
  if (range === undefined) return content;
  const match = /^bytes=(\d+)-(\d+)$/.exec(range);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first > last || last >= content.sizeBytes) {
    throw new S3Error('InvalidArgument', 'Range specified is not valid for source object');
  }
  return sliceContent(content, first, last + 1);
}
