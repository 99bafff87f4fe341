/** Buckets of one test each, on servers that suites share. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

/** A name that no other suite or run has. */
export function uniqueBucketName(prefix = 'test'): string {
  return `${prefix}-${process.pid}-${randomBytes(5).toString('hex')}`;
}

export interface TestBucketOptions {
  prefix?: string;
  versioning?: 'off' | 'Enabled' | 'Suspended';
  objectLock?: boolean;
}

/** Makes a bucket, with versioning unless told otherwise, and returns its name. */
export async function createTestBucket(client: S3Client, options: TestBucketOptions = {}): Promise<string> {
  const { versioning = 'Enabled', objectLock = false } = options;
  const Bucket = uniqueBucketName(options.prefix);
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: objectLock }));
  if (versioning !== 'off' && !objectLock) await setVersioning(client, Bucket, versioning);
  return Bucket;
}

export async function setVersioning(
  client: S3Client,
  bucket: string,
  status: 'Enabled' | 'Suspended',
): Promise<void> {
  await client.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: status } }),
  );
}
