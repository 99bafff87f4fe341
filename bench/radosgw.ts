/** The same on a real object store, a small bucket of which is filled first. */
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../src/concurrency.ts';
import { testClient } from '../test/support/embedded.ts';
import { startRadosgw } from '../test/support/radosgw.ts';
import { findPeers } from './peers.ts';
import type { BenchPlan } from './plan.ts';
import type { RadosgwResult } from './results.ts';
import { comparePeers, type Say } from './compare.ts';
import { snapshotFigures } from './snapshot-figures.ts';

const BUCKETS = { full: 'bench', empty: 'bench-empty' };
const WRITERS = 16;

export async function measureRadosgw(
  plan: BenchPlan,
  startCpuMs: number,
  say: Say,
): Promise<RadosgwResult | { problem: string }> {
  if (plan.radosgwKeys === 0) return { problem: 'not measured in this mode' };
  await using radosgw = await startRadosgw();
  if (radosgw === undefined) return { problem: 'radosgw is not installed' };
  const { endpoint } = radosgw;
  await fillBuckets(endpoint, plan.radosgwKeys);
  say(`radosgw holds ${plan.radosgwKeys} keys`);
  const snapshots = [];
  for (const workers of plan.workers) {
    const figures = await snapshotFigures({
      endpoint,
      bucket: BUCKETS.full,
      versions: plan.radosgwKeys,
      workers,
      repeats: plan.repeats,
      startCpuMs,
      at: new Date(Date.now() - 1000).toISOString(),
    });
    snapshots.push({ ...figures, workers });
  }
  const measured = { peerKeys: plan.radosgwKeys, peerRepeats: plan.repeats };
  const peers = await comparePeers(findPeers(), endpoint, BUCKETS, measured, say);
  return { keys: plan.radosgwKeys, snapshots, peers };
}

async function fillBuckets(endpoint: string, keys: number): Promise<void> {
  const client = testClient(endpoint, { maxAttempts: 5 });
  try {
    for (const bucket of Object.values(BUCKETS)) await createVersioned(client, bucket);
    const numbers = Array.from({ length: keys }, (_, n) => n);
    await forEachConcurrently(numbers, WRITERS, async (n) => {
      const key = `folder-${String(n % 100).padStart(2, '0')}/object-${String(n).padStart(8, '0')}`;
      await client.send(new PutObjectCommand({ Bucket: BUCKETS.full, Key: key, Body: String(n) }));
    });
  } finally {
    client.destroy();
  }
}

async function createVersioned(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
}
