/** One object version without its content: what HEAD and the tagging request say about it. */
import { GetObjectTaggingCommand, HeadObjectCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../errors.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { S3Failure, mapS3Errors } from './errors.ts';
import { withoutQuotes } from '../etag.ts';
import { headerText } from './header-bytes.ts';
import { parseRestoreHeader } from './restore-header.ts';
import type { ThawState } from './restore-header.ts';
import type { ObjectRef } from './types.ts';

export interface Encryption {
  /** `AES256`, `aws:kms`, … */
  algorithm?: string;
  kmsKeyId?: string;
  bucketKeyEnabled?: boolean;
  /** Encrypted with a key that the caller has to bring (SSE-C, trap 16). */
  customerKey: boolean;
}

export interface ObjectLockState {
  mode?: string;
  retainUntilMs?: number;
  legalHold: boolean;
}

export interface HeadResult {
  /** Absent where the server leaves it out (unversioned buckets). */
  versionId?: string;
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  lastModifiedMs: number;
  storageClass: string;
  /** Those that belong to the content and are served with it, by their names in lower case. */
  headers: Record<string, string>;
  /** User metadata, names in lower case without `x-amz-meta-`. */
  metadata: Record<string, string>;
  /** Some stores leave it out: 0 then does not prove that there are none. */
  tagCount?: number;
  /** Present where the version is or was being thawed (trap 20). */
  thaw?: ThawState;
  /** Intelligent-Tiering's archive tiers, invisible in listings (trap 20). */
  archiveStatus?: string;
  encryption: Encryption;
  lock: ObjectLockState;
}

/** Undefined where there is no such version, or where it is a delete marker. */
export async function headVersion(
  client: S3Client,
  object: ObjectRef,
  options: CallOptions = {},
): Promise<HeadResult | undefined> {
  try {
    const head = await mapS3Errors({ client, ...object, operation: 'HeadObject' }, options.signal, () =>
      client.send(new HeadObjectCommand(objectInput(object)), abortable(options)),
    );
    return toHeadResult(head);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** HEAD has no body, so its status is all that it says: 404, or 405 for a delete marker named by its version id. */
function isMissing(error: unknown): boolean {
  const failure = error instanceof BackupError ? error.cause : undefined;
  return failure instanceof S3Failure && (failure.statusCode === 404 || failure.statusCode === 405);
}

/** Tags by name. Throws where there is no such version. */
export async function getTags(
  client: S3Client,
  object: ObjectRef,
  options: CallOptions = {},
): Promise<Record<string, string>> {
  const answer = await mapS3Errors({ client, ...object, operation: 'GetObjectTagging' }, options.signal, () =>
    client.send(new GetObjectTaggingCommand(objectInput(object)), abortable(options)),
  );
  return Object.fromEntries((answer.TagSet ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

/** Replaces all tags of a version; this makes no new version (trap 14). */
export async function putTags(
  client: S3Client,
  object: ObjectRef,
  tags: Record<string, string>,
  options: CallOptions = {},
): Promise<void> {
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await mapS3Errors({ client, ...object, operation: 'PutObjectTagging' }, options.signal, () =>
    client.send(
      new PutObjectTaggingCommand({ ...objectInput(object), Tagging: { TagSet } }),
      abortable(options),
    ),
  );
}

export function objectInput(object: ObjectRef): { Bucket: string; Key: string; VersionId?: string } {
  const { bucket: Bucket, key: Key, versionId } = object;
  return versionId === undefined ? { Bucket, Key } : { Bucket, Key, VersionId: versionId };
}

export function toHeadResult(head: HeadObjectCommandOutput): HeadResult {
  const thaw = head.Restore === undefined ? undefined : parseRestoreHeader(head.Restore);
  return {
    ...known('versionId', head.VersionId),
    sizeBytes: head.ContentLength ?? 0,
    etag: withoutQuotes(head.ETag ?? ''),
    lastModifiedMs: head.LastModified?.getTime() ?? 0,
    storageClass: head.StorageClass ?? 'STANDARD',
    headers: textsOf({
      'content-type': head.ContentType,
      'cache-control': head.CacheControl,
      'content-disposition': head.ContentDisposition,
      'content-encoding': head.ContentEncoding,
      'content-language': head.ContentLanguage,
      expires: head.ExpiresString,
      'x-amz-website-redirect-location': head.WebsiteRedirectLocation,
    }),
    metadata: textsOf(head.Metadata ?? {}),
    ...known('tagCount', head.TagCount),
    ...known('thaw', thaw),
    ...known('archiveStatus', head.ArchiveStatus),
    encryption: {
      ...known('algorithm', head.ServerSideEncryption),
      ...known('kmsKeyId', head.SSEKMSKeyId),
      ...known('bucketKeyEnabled', head.BucketKeyEnabled),
      customerKey: head.SSECustomerAlgorithm !== undefined,
    },
    lock: {
      ...known('mode', head.ObjectLockMode),
      ...known('retainUntilMs', head.ObjectLockRetainUntilDate?.getTime()),
      legalHold: head.ObjectLockLegalHoldStatus === 'ON',
    },
  };
}

/** The headers that are there. */
function textsOf(headers: Record<string, string | undefined>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) texts[name] = headerText(value);
  return texts;
}

/** A property only where there is a value. */
function known<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return (value === undefined ? {} : { [name]: value }) as Partial<Record<K, V>>;
}
