/** An embedded S3 for one test file, and a plain SDK client for it. */
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { Bucket } from '../../src/s3/open-bucket.ts';
import type { BucketOptions } from '../../src/s3/open-bucket.ts';
import { startEmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { EmbeddedS3, EmbeddedS3Options } from '../../src/s3-embedded/index.ts';
import { guardDeletionsOf } from './deletion-guard.ts';

/** The credentials of every server that tests start. */
export const TEST_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'testsecret' };

export interface EmbeddedForTest extends AsyncDisposable {
  server: EmbeddedS3;
  /** Tries once, so that a test sees every fault; `maxAttempts` can be set higher. */
  client: S3Client;
  stop: () => Promise<void>;
}

/** Use as `await using embedded = await startEmbedded()`, or stop it in `after`. */
export async function startEmbedded(
  options: EmbeddedS3Options = {},
  clientConfig: S3ClientConfig = {},
): Promise<EmbeddedForTest> {
  // A test's own clock may be years off, while the client signs with the time of day.
  const skew = options.clock === undefined ? {} : { maxSkewMs: Infinity };
  const server = await startEmbeddedS3({ ...skew, ...options });
  guardDeletionsOf(server);
  const client = testClient(server.endpoint, clientConfig);
  const stop = async () => {
    client.destroy();
    await server.close();
  };
  return { server, client, stop, [Symbol.asyncDispose]: stop };
}

/** A bucket of such a server as the product sees it; what fails is tried again at once. */
export function bucketAt(
  { endpoint }: Pick<EmbeddedS3, 'endpoint'>,
  bucket: string,
  options: Partial<BucketOptions> = {},
): Bucket {
  return new Bucket({
    bucket,
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials: TEST_CREDENTIALS,
    retry: { baseDelayMs: 1, throttledBaseDelayMs: 1 },
    ...options,
  });
}

export function testClient(endpoint: string, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: TEST_CREDENTIALS,
    maxAttempts: 1,
    ...config,
  });
}
