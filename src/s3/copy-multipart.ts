/** Server-side copies in parts, for what is above the limit of a single copy (trap 15), and where they are wished for. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../concurrency.ts';
import { copyPartSizeBytes } from '../copy-part-size.ts';
import { BackupError } from '../errors.ts';
import { addExpires, contentInput, placementInput } from './attributes.ts';
import type { CallOptions } from './call-options.ts';
import { abortable, patient } from './call-options.ts';
import { copySource } from './copy-source.ts';
import type { CopyResult, ObjectCopy } from './copy.ts';
import { S3Failure, mapS3Errors, s3ErrorName } from './errors.ts';
import { getTags, headVersion, putTags, withoutQuotes } from './head.ts';
import type { HeadResult } from './head.ts';
import { made } from './put-stream.ts';
import type { ObjectRef } from './types.ts';

export interface MultipartOptions extends CallOptions {
  /** Where left out, as the source was uploaded, as far as that can be told. */
  partSizeBytes?: number;
  /** Parts in flight at once. */
  partConcurrency?: number;
  /** Called with the id of the upload once it exists, before the first part; */
  onUpload?: ((uploadId: string) => void) | undefined;
  /** and once it is an object, or removed. */
  onUploadEnd?: ((uploadId: string) => void) | undefined;
}

const mebibyte = 1024 * 1024;
const defaultPartConcurrency = 4;
/** Of one upload, by the S3 user guide, "Amazon S3 multipart upload limits". */
const maxParts = 10_000;

/**
 * Copies like `copyObject`, whatever the size. Content headers, metadata, tags and storage class are read from the source and set on the
 * new upload, which would drop them otherwise. What fails leaves no unfinished upload.
 */
export async function copyMultipart(
  client: S3Client,
  copy: ObjectCopy,
  options: MultipartOptions = {},
): Promise<CopyResult> {
  const { destination } = copy;
  const head = await requireSource(client, copy, options);
  // A count that the server leaves out does not say that there are none.
  const tags = head.tagCount === 0 ? {} : await getTags(client, copy.source, options);
  const uploadId = await createUpload(client, copy, head, tags, options);
  const upload = { Bucket: destination.bucket, Key: destination.key, UploadId: uploadId };
  options.onUpload?.(uploadId);
  const result = await copyInto(client, copy, head, upload, options);
  // radosgw 16 ignores the tags of a new upload (trap 33).
  if (Object.keys(tags).length > 0)
    await putTags(client, { ...destination, ...versionOf(result) }, tags, options);
  return result.versionId === undefined ? made(client, destination, result.etag, undefined, options) : result;
}

async function copyInto(
  client: S3Client,
  copy: ObjectCopy,
  head: HeadResult,
  upload: Upload,
  options: MultipartOptions,
): Promise<CopyResult> {
  try {
    const parts = await copyParts(client, copy, head, upload, options);
    await checkUnchanged(client, copy, head, options);
    const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
    const context = { client, ...copy.destination, operation: 'CompleteMultipartUpload' };
    const answer = await mapS3Errors(context, options.signal, () => client.send(command, patient(options)));
    options.onUploadEnd?.(upload.UploadId);
    return {
      etag: withoutQuotes(answer.ETag ?? ''),
      ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
    };
  } catch (error) {
    throw await abortUpload(client, copy, upload, error, options);
  }
}

function versionOf({ versionId }: CopyResult): { versionId?: string } {
  return versionId === undefined ? {} : { versionId };
}

type Upload = { Bucket: string; Key: string; UploadId: string };

/**
 * A `null` version may be overwritten between two parts (trap 6). UploadPartCopy has a condition against that, which radosgw 16
 * ignores; so the source is looked at once more before the parts become an object.
 */
async function checkUnchanged(
  client: S3Client,
  copy: ObjectCopy,
  head: HeadResult,
  options: CallOptions,
): Promise<void> {
  const { versionId } = copy.source;
  if (versionId !== undefined && versionId !== 'null') return;
  const now = await requireSource(client, { ...copy, ifMatchEtag: head.etag }, options);
  if (now.lastModifiedMs !== head.lastModifiedMs) throw changed(copy.source, 'it was written again');
}

/** The source as it is now; the parts are then only taken from exactly this. */
async function requireSource(client: S3Client, copy: ObjectCopy, options: CallOptions): Promise<HeadResult> {
  const { bucket, key, versionId } = copy.source;
  const head = await headVersion(client, copy.source, options);
  const name = `key ${JSON.stringify(key)}${versionId === undefined ? '' : ` version ${versionId}`} in bucket ${bucket}`;
  if (head === undefined) {
    throw new BackupError('S3_FAILED', `There is nothing to copy: ${name} does not exist.`, {
      hint: 'It was deleted after it was listed. Run the command again.',
      cause: new S3Failure(
        versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion',
        `${name} does not exist`,
        404,
      ),
    });
  }
  if (copy.ifMatchEtag !== undefined && copy.ifMatchEtag !== head.etag) {
    throw changed(copy.source, `its etag is ${head.etag}, not ${copy.ifMatchEtag}`);
  }
  return head;
}

function changed(source: ObjectRef, reason: string): BackupError {
  const message = `Key ${JSON.stringify(source.key)} in bucket ${source.bucket} is another object by now: ${reason}.`;
  return new BackupError('S3_FAILED', message, {
    hint: 'It was overwritten after it was listed. Run the command again.',
    cause: new S3Failure('PreconditionFailed', message, 412),
  });
}

async function createUpload(
  client: S3Client,
  copy: ObjectCopy,
  head: HeadResult,
  tags: Record<string, string>,
  options: CallOptions,
): Promise<string> {
  const { destination } = copy;
  const command = new CreateMultipartUploadCommand({
    Bucket: destination.bucket,
    Key: destination.key,
    ...contentInput(head, tags),
    ...placementInput({ storageClass: head.storageClass, ...copy.placement }),
  });
  addExpires(command, head);
  const context = { client, ...destination, operation: 'CreateMultipartUpload' };
  const answer = await mapS3Errors(context, options.signal, () => client.send(command, abortable(options)));
  return answer.UploadId ?? '';
}

async function copyParts(
  client: S3Client,
  copy: ObjectCopy,
  head: HeadResult,
  upload: Upload,
  options: MultipartOptions,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  const { sizeBytes, etag } = head;
  const ranges = partRanges(sizeBytes, options.partSizeBytes ?? copyPartSizeBytes(sizeBytes, etag));
  await forEachConcurrently(
    ranges.entries(),
    options.partConcurrency ?? defaultPartConcurrency,
    async ([index, { first, last }]) => {
      const command = new UploadPartCopyCommand({
        ...upload,
        PartNumber: index + 1,
        CopySource: copySource(copy.source),
        CopySourceRange: `bytes=${first}-${last}`,
        CopySourceIfMatch: `"${head.etag}"`,
      });
      const context = { client, ...copy.destination, operation: `UploadPartCopy of part ${index + 1}` };
      const answer = await mapS3Errors(context, options.signal, () => client.send(command, patient(options)));
      parts[index] = { PartNumber: index + 1, ETag: answer.CopyPartResult?.ETag };
    },
  );
  return parts;
}

/** Inclusive byte ranges. Parts are made larger, in whole mebibytes, where there would be too many. */
export function partRanges(
  sizeBytes: number,
  wishedPartSizeBytes: number,
): { first: number; last: number }[] {
  const least = Math.ceil(sizeBytes / maxParts / mebibyte) * mebibyte;
  const partSizeBytes = Math.max(wishedPartSizeBytes, sizeBytes / wishedPartSizeBytes > maxParts ? least : 0);
  const ranges: { first: number; last: number }[] = [];
  for (let first = 0; first < sizeBytes; first += partSizeBytes) {
    ranges.push({ first, last: Math.min(first + partSizeBytes, sizeBytes) - 1 });
  }
  return ranges;
}

/** The error to throw. The upload is removed even when the caller was told to stop: it would be billed for ever. */
async function abortUpload(
  client: S3Client,
  copy: ObjectCopy,
  upload: Upload,
  error: unknown,
  { onUploadEnd }: MultipartOptions,
): Promise<unknown> {
  try {
    await client.send(new AbortMultipartUploadCommand(upload));
    onUploadEnd?.(upload.UploadId);
    return error;
  } catch (abortError) {
    if (!(error instanceof BackupError)) return error;
    const { bucket, key } = copy.destination;
    const reason = abortError instanceof Error ? abortError.name : 'unknown';
    return new BackupError(
      error.code,
      `${error.message} Its unfinished upload ${upload.UploadId} of key ${JSON.stringify(key)} in bucket ${bucket} could not be removed either (${reason}).`,
      {
        hint: `${error.hint ?? ''} Remove the upload: aws s3api abort-multipart-upload.`,
        cause: error.cause,
      },
    );
  }
}

/** Removes an unfinished upload of an earlier run; no error where it is gone, or has become an object. */
export async function abortLeftUpload(
  client: S3Client,
  upload: { bucket: string; key: string; uploadId: string },
  options: CallOptions = {},
): Promise<void> {
  const { bucket, key, uploadId } = upload;
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
  const context = { client, bucket, key, operation: 'AbortMultipartUpload' };
  try {
    await mapS3Errors(context, options.signal, () => client.send(command, abortable(options)));
  } catch (error) {
    if (s3ErrorName(error) !== 'NoSuchUpload') throw error;
  }
}
