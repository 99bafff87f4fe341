/** The life of a multipart upload: begun, filled by its caller, completed; or aborted, because it would be billed for ever. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../errors.ts';
import { addExpires, contentInput, placementInput } from './attributes.ts';
import type { Placement } from './attributes.ts';
import { abortable, patient } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import type { CopyResult } from './copy.ts';
import { mapS3Errors, s3ErrorName } from './errors.ts';
import { etagOfParts, withoutQuotes } from '../etag.ts';
import { headVersion, putTags } from './head.ts';
import type { HeadResult } from './head.ts';

/** Of one upload, by the S3 user guide, "Amazon S3 multipart upload limits". */
export const maxParts = 10_000;

/** As the commands of the SDK name it. */
export type Upload = { Bucket: string; Key: string; UploadId: string };

export interface UploadOptions extends CallOptions {
  /** Called with the id of the upload once it exists, before the first part; */
  onUpload?: ((uploadId: string) => void) | undefined;
  /** and once it is an object, or removed. */
  onUploadEnd?: ((uploadId: string) => void) | undefined;
}

export interface NewObject {
  destination: { bucket: string; key: string };
  /** Its headers and metadata. */
  content: Pick<HeadResult, 'headers' | 'metadata'>;
  tags: Record<string, string>;
  placement: Placement;
}

/**
 * Makes one object of the parts that `fill` brings, in their order. What fails leaves no unfinished upload; where even its removal fails
 * the error says so.
 * @throws what `fill` throws, and BackupError as every request
 */
export async function uploadInParts(
  client: S3Client,
  object: NewObject,
  options: UploadOptions,
  fill: (upload: Upload) => Promise<CompletedPart[]>,
): Promise<CopyResult> {
  const { destination, tags } = object;
  const upload = await createUpload(client, object, options);
  options.onUpload?.(upload.UploadId);
  let completed: CopyResult;
  try {
    completed = await complete(client, upload, await fill(upload), options);
  } catch (error) {
    throw await abortAfter(client, upload, error, options);
  }
  options.onUploadEnd?.(upload.UploadId);
  const result = await made(client, destination, completed.etag, completed.versionId, options);
  // radosgw 16 ignores the tags of a new upload (trap 33).
  if (Object.keys(tags).length > 0) {
    const { versionId } = result;
    await putTags(client, { ...destination, ...(versionId !== undefined && { versionId }) }, tags, options);
  }
  return result;
}

async function createUpload(client: S3Client, object: NewObject, options: CallOptions): Promise<Upload> {
  const { destination, content, tags, placement } = object;
  const name = { Bucket: destination.bucket, Key: destination.key };
  const command = new CreateMultipartUploadCommand({
    ...name,
    ...contentInput(content, tags),
    ...placementInput(placement),
  });
  addExpires(command, content);
  const context = { client, ...destination, operation: 'CreateMultipartUpload' };
  const answer = await mapS3Errors(context, options.signal, () => client.send(command, abortable(options)));
  return { ...name, UploadId: answer.UploadId ?? '' };
}

/**
 * Where an answer was lost after the server had completed the upload, the retry is told NoSuchUpload. Whether the object is there is then
 * asked: it must be another than the one before, with the etag that these parts have together.
 */
async function complete(
  client: S3Client,
  upload: Upload,
  parts: CompletedPart[],
  options: CallOptions,
): Promise<CopyResult> {
  const destination = { bucket: upload.Bucket, key: upload.Key };
  const before = await headVersion(client, destination, options);
  const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
  const context = { client, ...destination, operation: 'CompleteMultipartUpload' };
  try {
    const answer = await mapS3Errors(context, options.signal, () => client.send(command, patient(options)));
    return resultOf(withoutQuotes(answer.ETag ?? ''), answer.VersionId);
  } catch (error) {
    if (s3ErrorName(error) !== 'NoSuchUpload') throw error;
    const now = await headVersion(client, destination, options);
    if (
      now === undefined ||
      now.etag !== etagOfParts(parts.map(({ ETag }) => ETag ?? '')) ||
      isSameVersion(before, now)
    )
      throw error;
    return resultOf(now.etag, now.versionId);
  }
}

function resultOf(etag: string, versionId: string | undefined): CopyResult {
  return versionId === undefined ? { etag } : { etag, versionId };
}

function isSameVersion(before: HeadResult | undefined, now: HeadResult): boolean {
  return before?.versionId === now.versionId && before?.lastModifiedMs === now.lastModifiedMs;
}

/** The error to throw. The upload is removed even when the caller was told to stop. */
async function abortAfter(
  client: S3Client,
  upload: Upload,
  error: unknown,
  { onUploadEnd }: UploadOptions,
): Promise<unknown> {
  try {
    await client.send(new AbortMultipartUploadCommand(upload));
    onUploadEnd?.(upload.UploadId);
    return error;
  } catch (abortError) {
    if (s3ErrorName(abortError) === 'NoSuchUpload') {
      onUploadEnd?.(upload.UploadId);
      return error;
    }
    if (!(error instanceof BackupError)) return error;
    const reason = s3ErrorName(abortError) ?? 'unknown';
    return new BackupError(
      error.code,
      `${error.message} Its unfinished upload ${upload.UploadId} of key ${JSON.stringify(upload.Key)} in bucket ${upload.Bucket} could not be removed either (${reason}).`,
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

/** Where the answer leaves out what was made (trap 33), the object is asked. */
export async function made(
  client: S3Client,
  destination: { bucket: string; key: string },
  etag: string | undefined,
  versionId: string | undefined,
  options: CallOptions,
): Promise<CopyResult> {
  if (versionId !== undefined) return { etag: withoutQuotes(etag ?? ''), versionId };
  const head: HeadResult | undefined = await headVersion(client, destination, options);
  if (head === undefined) return { etag: withoutQuotes(etag ?? '') };
  const { lastModifiedMs } = head;
  return {
    etag: head.etag,
    lastModifiedMs,
    ...(head.versionId !== undefined && { versionId: head.versionId }),
  };
}
