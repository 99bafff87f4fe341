import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { BucketLocationConstraint, S3Client } from '@aws-sdk/client-s3';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors, s3ErrorName } from './errors.ts';

/**
 * Makes a bucket with versioning on. One that this account has already only gets its versioning switched on.
 * @param setUp what else belongs to it. It comes before versioning: a bucket with versions is one that is set up
 * @param region that of the client; `us-east-1` is named by leaving it out, and other stores have their own names
 */
export async function createVersionedBucket(
  client: S3Client,
  bucket: string,
  region: string | undefined,
  options: CallOptions = {},
  setUp: () => Promise<void> = async () => undefined,
): Promise<void> {
  const command = new CreateBucketCommand({
    Bucket: bucket,
    ...(region !== undefined && {
      CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
    }),
  });
  try {
    await mapS3Errors({ client, bucket, operation: 'CreateBucket' }, options.signal, () =>
      client.send(command, abortable(options)),
    );
  } catch (error) {
    if (s3ErrorName(error) !== 'BucketAlreadyOwnedByYou') throw error;
  }
  await setUp();
  await mapS3Errors({ client, bucket, operation: 'PutBucketVersioning' }, options.signal, () =>
    client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
      abortable(options),
    ),
  );
}
