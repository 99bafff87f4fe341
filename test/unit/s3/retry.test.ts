import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRetryStrategy } from '../../../src/s3/retry.ts';

const limits = {
  maxAttempts: 5,
  baseDelayMs: 100,
  maxDelayMs: 500,
  throttledBaseDelayMs: 1000,
  throttledMaxDelayMs: 3000,
};

async function delaysMs(errorType: 'TRANSIENT' | 'THROTTLING'): Promise<number[]> {
  const strategy = createRetryStrategy(limits);
  let token = await strategy.acquireInitialRetryToken('');
  const delays: number[] = [];
  for (;;) {
    try {
      token = await strategy.refreshRetryTokenForRetry(token, { errorType });
    } catch {
      return delays;
    }
    delays.push(token.getRetryDelay());
  }
}

describe('createRetryStrategy', () => {
  it('doubles the delay each time, up to the limit, and ends after the attempts', async () => {
    for (const [errorType, ceilingsMs] of [
      ['TRANSIENT', [100, 200, 400, 500]],
      ['THROTTLING', [1000, 2000, 3000, 3000]],
    ] as const) {
      const delays = await delaysMs(errorType);
      assert.equal(delays.length, ceilingsMs.length);
      delays.forEach((delayMs, i) =>
        assert.ok(delayMs >= ceilingsMs[i]! / 2 && delayMs <= ceilingsMs[i]!, `${delayMs}`),
      );
    }
  });

  it('does not retry what is the fault of the request', async () => {
    const strategy = createRetryStrategy(limits);
    const token = await strategy.acquireInitialRetryToken('');
    await assert.rejects(strategy.refreshRetryTokenForRetry(token, { errorType: 'CLIENT_ERROR' }));
  });
});
