/** Server-side copies in parts, for what is above the limit of a single copy (trap 15), and where they are wished for. */
import { UploadPartCopyCommand } from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../concurrency.ts';
import { copyPartSizeBytes } from '../copy-part-size.ts';
import { BackupError } from '../errors.ts';
import type { CallOptions } from './call-options.ts';
import { patient } from './call-options.ts';
import { copySource } from './copy-source.ts';
import type { CopyResult, ObjectCopy } from './copy.ts';
import { S3Failure, mapS3Errors } from './errors.ts';
import { getTags, headVersion } from './head.ts';
import type { HeadResult } from './head.ts';
import { maxParts, uploadInParts } from './multipart-upload.ts';
import type { Upload, UploadOptions } from './multipart-upload.ts';
import type { ObjectRef } from './types.ts';

export interface MultipartOptions extends UploadOptions {
  /** Where left out, as the source was uploaded, as far as that can be told. */
  partSizeBytes?: number;
  /** Parts in flight at once. */
  partConcurrency?: number;
}

const mebibyte = 1024 * 1024;
const defaultPartConcurrency = 4;

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
  const placement = { storageClass: head.storageClass, ...copy.placement };
  return uploadInParts(client, { destination, content: head, tags, placement }, options, async (upload) => {
    const parts = await copyParts(client, copy, head, upload, options);
    await checkUnchanged(client, copy, head, options);
    return parts;
  });
}

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
