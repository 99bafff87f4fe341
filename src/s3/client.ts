/**
 * The one place that makes S3 clients, so that every request has time limits, retries and the right checksums. Importing this
 * loads the SDK: commands do so only when they talk to S3.
 */
import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { createAgents } from './agents.ts';
import { nameEndpoint } from './endpoint-name.ts';
import { sendContentMd5 } from './content-md5.ts';
import { sendHeadersAsUtf8 } from './header-bytes.ts';
import { createRetryStrategy, defaultRetryLimits } from './retry.ts';
import type { RetryLimits } from './retry.ts';

export interface S3Endpoint {
  /** Left out: the SDK's chain (environment, shared files); `us-east-1` for a store with an endpoint of its own. */
  region?: string | undefined;
  /** URL of an S3-compatible store; left out: Amazon S3. */
  endpoint?: string | undefined;
  forcePathStyle?: boolean | undefined;
  /** Left out: the SDK's default chain (environment, shared files, SSO, instance or container role). */
  credentials?: S3Credentials | undefined;
  /** Idle connections that are kept. What is in flight is bounded by the callers, see below. */
  concurrency?: number | undefined;
  retry?: Partial<RetryLimits> | undefined;
  timeLimits?: Partial<TimeLimits> | undefined;
}

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface TimeLimits {
  /** Until the connection stands. */
  connectMs: number;
  /** From sending the request to the first line of its answer; copies have their own. */
  answerMs: number;
  /** Without a byte in either direction. */
  silenceMs: number;
}

export const defaultTimeLimits: TimeLimits = { connectMs: 10_000, answerMs: 60_000, silenceMs: 300_000 };
export const defaultConcurrency = 64;

/** Makes no request. Credentials and region are looked up at the first one. */
export function createS3Client(endpoint: S3Endpoint): S3Client {
  const client = new S3Client(clientConfig(endpoint));
  sendHeadersAsUtf8(client);
  if (endpoint.endpoint !== undefined) sendContentMd5(client);
  nameEndpoint(client, endpoint);
  return client;
}

function clientConfig(endpoint: S3Endpoint): S3ClientConfig {
  const limits = { ...defaultTimeLimits, ...endpoint.timeLimits };
  const retry = { ...defaultRetryLimits, ...endpoint.retry };
  const region = endpoint.region ?? (endpoint.endpoint === undefined ? undefined : 'us-east-1');
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint.endpoint === undefined ? {} : { endpoint: endpoint.endpoint }),
    ...(endpoint.credentials === undefined ? {} : { credentials: endpoint.credentials }),
    forcePathStyle: endpoint.forcePathStyle ?? false,
    followRegionRedirects: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: retry.maxAttempts,
    retryStrategy: createRetryStrategy(retry),
    customUserAgent: [['backup-my-bucket', packageVersion()]],
    requestHandler: {
      connectionTimeout: limits.connectMs,
      requestTimeout: limits.answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: limits.silenceMs,
      ...createAgents({ maxFreeSockets: endpoint.concurrency ?? defaultConcurrency }),
    },
  };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
