import { PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors } from './errors.ts';

/** For a bucket that was just made: noncurrent versions go after so many days. */
export async function expireNoncurrent(
  client: S3Client,
  bucket: string,
  days: number,
  options: CallOptions = {},
): Promise<void> {
  const rule = {
    ID: 'expire-noncurrent-versions',
    Status: 'Enabled' as const,
    Filter: { Prefix: '' },
    NoncurrentVersionExpiration: { NoncurrentDays: days },
  };
  await mapS3Errors({ client, bucket, operation: 'PutBucketLifecycleConfiguration' }, options.signal, () =>
    client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: [rule] },
      }),
      abortable(options),
    ),
  );
}
