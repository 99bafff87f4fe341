/** Deleting: whole keys, which puts a delete marker, and single versions, which is for good. */
import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import type { S3Client, _Error as SdkError } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { S3Failure, mapS3Errors, s3ErrorName } from './errors.ts';
import { headVersion, objectInput } from './head.ts';
import type { DeleteOutcome, ObjectRef, VersionToDelete } from './types.ts';

/** Of one DeleteObjects request (trap 22). */
const maxBatch = 1000;
/** Requests for single versions that are in flight at once, beside one another. */
const singlesInFlight = 8;

/** Puts a delete marker where the bucket is versioned; removes the object where it is not. No error where there is none. */
export async function deleteObject(
  client: S3Client,
  object: { bucket: string; key: string },
  options: CallOptions = {},
): Promise<void> {
  await mapS3Errors({ client, ...object, operation: 'DeleteObject' }, options.signal, () =>
    client.send(new DeleteObjectCommand(objectInput(object)), abortable(options)),
  );
}

/**
 * Deletes versions for good, any number of them. One outcome each, in the order given. What stands against one version is its outcome;
 * what stands against the request as a whole (credentials, network, a missing bucket) is thrown.
 */
export async function deleteVersions(
  client: S3Client,
  bucket: string,
  versions: readonly VersionToDelete[],
  options: CallOptions = {},
): Promise<DeleteOutcome[]> {
  const outcomes = new Map<string, DeleteOutcome>();
  const inXml = versions.filter((version) => !uncarriable.test(version.key));
  for (let from = 0; from < inXml.length; from += maxBatch) {
    await deleteBatch(client, bucket, inXml.slice(from, from + maxBatch), outcomes, options);
  }
  // Keys that XML cannot carry, and those that an answer did not name: one by one, which does no harm twice.
  const singles = versions.filter((version) => !outcomes.has(nameOf(version)));
  await forEachConcurrently(singles, singlesInFlight, async (version) => {
    outcomes.set(nameOf(version), await deleteOne(client, { bucket, ...version }, options));
  });
  await explainDenials(client, bucket, versions, outcomes, options);
  return versions.map((version) => outcomes.get(nameOf(version))!);
}

/** Characters that XML 1.0 cannot hold, not even as a reference; the SDK would send them raw. */
export const uncarriable = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

async function deleteBatch(
  client: S3Client,
  bucket: string,
  versions: readonly VersionToDelete[],
  outcomes: Map<string, DeleteOutcome>,
  options: CallOptions,
): Promise<void> {
  const Objects = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
  const answer = await mapS3Errors({ client, bucket, operation: 'DeleteObjects' }, options.signal, () =>
    client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }), abortable(options)),
  );
  for (const { Key: key = '', VersionId: versionId = '' } of answer.Deleted ?? []) {
    outcomes.set(nameOf({ key, versionId }), { status: 'deleted' });
  }
  for (const error of answer.Errors ?? []) {
    const { Key: key = '', VersionId: versionId = '' } = error;
    outcomes.set(nameOf({ key, versionId }), toOutcome(error));
  }
}

async function deleteOne(
  client: S3Client,
  version: Required<ObjectRef>,
  options: CallOptions,
): Promise<DeleteOutcome> {
  try {
    await mapS3Errors({ client, ...version, operation: 'DeleteObject' }, options.signal, () =>
      client.send(new DeleteObjectCommand(objectInput(version)), abortable(options)),
    );
    return { status: 'deleted' };
  } catch (error) {
    const isAnswer =
      error instanceof BackupError && error.cause instanceof S3Failure && error.cause.statusCode;
    if (!isAnswer || error.code === 'CREDENTIALS' || error.code === 'BUCKET_MISSING') throw error;
    return toOutcome({ Code: s3ErrorName(error), Message: (error.cause as S3Failure).message });
  }
}

function toOutcome({ Code: code = 'Unknown', Message: message = '' }: SdkError): DeleteOutcome {
  if (code === 'NoSuchKey' || code === 'NoSuchVersion') return { status: 'missing' };
  if (code === 'AccessDenied' && /lock|legal hold|retention|retain|worm|mfa/i.test(message)) {
    return { status: 'locked', code, message };
  }
  return { status: code === 'ObjectLocked' ? 'locked' : 'failed', code, message };
}

/** `AccessDenied` alone says neither lock nor policy: the version itself is asked, where it may be. */
async function explainDenials(
  client: S3Client,
  bucket: string,
  versions: readonly VersionToDelete[],
  outcomes: Map<string, DeleteOutcome>,
  options: CallOptions,
): Promise<void> {
  const isDenied = (outcome?: DeleteOutcome) =>
    outcome?.status === 'failed' && outcome.code === 'AccessDenied';
  const denied = versions.filter((version) => isDenied(outcomes.get(nameOf(version))));
  await forEachConcurrently(denied, singlesInFlight, async (version) => {
    const name = nameOf(version);
    const outcome = outcomes.get(name);
    if (outcome?.status !== 'failed') return;
    if (await isLocked(client, { bucket, ...version }, options))
      outcomes.set(name, { ...outcome, status: 'locked' });
  });
}

async function isLocked(client: S3Client, version: ObjectRef, options: CallOptions): Promise<boolean> {
  try {
    const lock = (await headVersion(client, version, options))?.lock;
    return lock !== undefined && (lock.legalHold || lock.mode !== undefined);
  } catch (error) {
    // Whoever may not delete may not look either: then it stays what the server called it.
    if (error instanceof BackupError && error.code === 'ACCESS_DENIED') return false;
    throw error;
  }
}

function nameOf({ key, versionId }: VersionToDelete): string {
  return `${versionId}\n${key}`;
}
