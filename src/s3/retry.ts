/**
 * How requests are tried again. The rules for what may be retried are the SDK's (throttling, server faults, network
 * faults); the delays are its standard ones with a longer base. Only its token bucket is left out: it is shared by all
 * requests of a client and holds about 35 retries, so a server that restarts while 64 requests are in flight would
 * fail half of them without a single retry, and with them an hour of listing.
 */
import { randomInt } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

export interface RetryLimits {
  /** Requests sent for one call at most, the first included. */
  maxAttempts: number;
  /** Delay before the first retry at most; doubled each time. */
  baseDelayMs: number;
  /** The same after a throttled answer (503 SlowDown, 429). */
  throttledBaseDelayMs: number;
  /** No delay is longer, but after a throttled answer. */
  maxDelayMs: number;
  /** No delay is longer. */
  throttledMaxDelayMs: number;
}

export const defaultRetryLimits: RetryLimits = {
  maxAttempts: 8,
  baseDelayMs: 200,
  throttledBaseDelayMs: 1000,
  maxDelayMs: 20_000,
  throttledMaxDelayMs: 20_000,
};

type ErrorType = 'THROTTLING' | 'TRANSIENT' | 'SERVER_ERROR' | 'CLIENT_ERROR';

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

interface RetryErrorInfo {
  errorType: ErrorType;
  retryAfterHint?: Date;
}

/** An object of the shape that the SDK's `retryStrategy` setting expects. */
export interface RetryStrategy {
  mode: string;
  acquireInitialRetryToken(scope: string): Promise<RetryToken>;
  refreshRetryTokenForRetry(token: RetryToken, info: RetryErrorInfo): Promise<RetryToken>;
  recordSuccess(token: RetryToken): void;
}

/** That the client was made with, by createS3Client. */
export async function retryStrategyOf(client: S3Client): Promise<RetryStrategy> {
  return (await client.config.retryStrategy()) as RetryStrategy;
}

export function createRetryStrategy(limits: RetryLimits): RetryStrategy {
  return {
    mode: 'standard',
    acquireInitialRetryToken: async () => retryToken(0, 0),
    refreshRetryTokenForRetry: async (token, info) => {
      const retries = token.getRetryCount() + 1;
      if (info.errorType === 'CLIENT_ERROR') throw new Error('not an error that a retry can mend');
      if (retries >= limits.maxAttempts) throw new Error('no attempt left');
      return retryToken(retries, retryDelayMs(retries, info.errorType, limits));
    },
    recordSuccess: () => undefined,
  };
}

/** Exponential, and between half and the whole of it, so that retries of many requests spread out. */
function retryDelayMs(retries: number, errorType: ErrorType, limits: RetryLimits): number {
  const [baseMs, maxMs] =
    errorType === 'THROTTLING'
      ? [limits.throttledBaseDelayMs, limits.throttledMaxDelayMs]
      : [limits.baseDelayMs, limits.maxDelayMs];
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** (retries - 1));
  const halfMs = Math.floor(ceilingMs / 2);
  return halfMs + randomInt(0, halfMs + 1);
}

function retryToken(retries: number, delayMs: number): RetryToken {
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs };
}
