/** Server-side copies in one request, up to 5 GiB (trap 15). */
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { placementInput } from './attributes.ts';
import type { Placement } from './attributes.ts';
import { patient } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { copySource } from './copy-source.ts';
import { mapS3Errors } from './errors.ts';
import { withoutQuotes } from '../etag.ts';
import type { ObjectRef } from './types.ts';

export interface ObjectCopy {
  source: ObjectRef;
  destination: { bucket: string; key: string };
  /** A copy does not take these over from its source by itself. Left out: the bucket's defaults. */
  placement?: Placement;
  /**
   * Without quotes. The copy fails with PreconditionFailed when the source is another by now. radosgw 16 ignores this condition
   * (trap 33): whoever depends on it looks at the source before.
   */
  ifMatchEtag?: string;
}

/** What was written. */
export interface CopyResult {
  /** Absent where the bucket is not versioned, or the server does not say (radosgw 16, trap 33). */
  versionId?: string;
  /** Without quotes. Empty where the server does not say (radosgw 16 after a multipart upload, trap 33). */
  etag: string;
  /** Absent after a multipart upload: the answer does not say. */
  lastModifiedMs?: number;
}

/**
 * Copies content, content headers, metadata and tags. Owner, ACL and encryption are the destination's defaults (trap 16). An error inside
 * an answer that says 200 is an error here too (trap 17): the SDK looks for it, and retries.
 */
export async function copyObject(
  client: S3Client,
  copy: ObjectCopy,
  options: CallOptions = {},
): Promise<CopyResult> {
  const { source, destination, placement = {}, ifMatchEtag } = copy;
  const command = new CopyObjectCommand({
    Bucket: destination.bucket,
    Key: destination.key,
    CopySource: copySource(source),
    MetadataDirective: 'COPY',
    TaggingDirective: 'COPY',
    ...placementInput(placement),
    ...(ifMatchEtag === undefined ? {} : { CopySourceIfMatch: `"${ifMatchEtag}"` }),
  });
  const answer = await mapS3Errors(
    { client, ...destination, operation: `CopyObject from bucket ${source.bucket}` },
    options.signal,
    () => client.send(command, patient(options)),
  );
  return {
    etag: withoutQuotes(answer.CopyObjectResult?.ETag ?? ''),
    ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
    ...(answer.CopyObjectResult?.LastModified === undefined
      ? {}
      : { lastModifiedMs: answer.CopyObjectResult.LastModified.getTime() }),
  };
}
