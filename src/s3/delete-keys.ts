/** Deletes keys, not versions: each gets a delete marker where the bucket is versioned. */
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { deleteObject, uncarriable } from './delete.ts';
import { S3Failure, mapS3Errors, s3ErrorName } from './errors.ts';

/** Of one DeleteObjects request (trap 22). */
const maxBatch = 1000;
const singlesInFlight = 8;

export interface KeyFailure {
  code: string;
  message: string;
}

/**
 * One outcome each, in the order given: undefined where it is done. What stands against one key is its outcome; what stands against the
 * request as a whole is thrown.
 */
export async function deleteKeys(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  options: CallOptions = {},
): Promise<(KeyFailure | undefined)[]> {
  const outcomes = new Map<string, KeyFailure | undefined>();
  const inXml = keys.filter((key) => !uncarriable.test(key));
  for (let from = 0; from < inXml.length; from += maxBatch)
    await deleteBatch(client, bucket, inXml.slice(from, from + maxBatch), outcomes, options);
  // Keys that XML cannot carry, and those that an answer did not name: a second marker does no harm.
  const singles = keys.filter((key) => !outcomes.has(key));
  await forEachConcurrently(singles, singlesInFlight, async (key) => {
    outcomes.set(key, await deleteOne(client, bucket, key, options));
  });
  return keys.map((key) => outcomes.get(key));
}

async function deleteBatch(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
  outcomes: Map<string, KeyFailure | undefined>,
  options: CallOptions,
): Promise<void> {
  const Objects = keys.map((Key) => ({ Key }));
  const answer = await mapS3Errors({ client, bucket, operation: 'DeleteObjects' }, options.signal, () =>
    client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }), abortable(options)),
  );
  for (const { Key = '' } of answer.Deleted ?? []) outcomes.set(Key, undefined);
  for (const { Key = '', Code: code = 'Unknown', Message: message = '' } of answer.Errors ?? [])
    outcomes.set(Key, code === 'NoSuchKey' ? undefined : { code, message });
}

async function deleteOne(
  client: S3Client,
  bucket: string,
  key: string,
  options: CallOptions,
): Promise<KeyFailure | undefined> {
  try {
    await deleteObject(client, { bucket, key }, options);
    return undefined;
  } catch (error) {
    const isAnswer =
      error instanceof BackupError && error.cause instanceof S3Failure && error.cause.statusCode;
    if (!isAnswer || error.code === 'CREDENTIALS' || error.code === 'BUCKET_MISSING') throw error;
    return { code: s3ErrorName(error) ?? error.code, message: error.message };
  }
}
