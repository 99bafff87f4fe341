/**
 * The promises of the program, held against random histories: every complete snapshot can be restored in full, gc deletes no
 * current version and nothing that a kept snapshot names, and once it has ended nothing is left that only removed ones named.
 * BMB_SOAK=1 runs many more. A failure states its seed and path: both as BMB_MODEL="SEED PATH" run that history alone.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Share } from './histories-worker.ts';

const isSoak = process.env['BMB_SOAK'] === '1';
const allRuns = isSoak ? 30_000 : 1000;

/** In workers, so that all processors take part, and the hooks of the test runner cost nothing. */
async function run(share: Share): Promise<void> {
  const worker = new Worker(new URL('./histories-worker.ts', import.meta.url), { workerData: share });
  const [failure] = (await once(worker, 'message')) as [string | undefined];
  assert.equal(failure, undefined);
}

test('what random histories do to snapshots and gc', { timeout: isSoak ? 7_200_000 : 900_000 }, async () => {
  const [seed, path] = process.env['BMB_MODEL']?.split(' ') ?? [];
  if (seed !== undefined) return run({ numRuns: allRuns, seed: Number(seed), ...(path && { path }) });
  const workers = availableParallelism();
  const shares = Array.from({ length: workers }, () => run({ numRuns: Math.ceil(allRuns / workers) }));
  await Promise.all(shares);
});
