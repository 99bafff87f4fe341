/** The same on a real object store, a small bucket of which is filled first. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../src/concurrency.ts';
import { executable } from '../test/support/command.ts';
import { testClient } from '../test/support/embedded.ts';
import { startRadosgw } from '../test/support/radosgw.ts';
import { Site } from '../test/support/site.ts';
import { measure } from './measure.ts';
import { findPeers } from './peers.ts';
import type { BenchPlan } from './plan.ts';
import type { RadosgwDeleting, RadosgwResult } from './results.ts';
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
  const deleting = await measureDeleting(endpoint, plan.radosgwKeys);
  say(`radosgw: deleted ${deleting.versionsPerS.toFixed(0)} versions a second`);
  return { keys: plan.radosgwKeys, snapshots, peers, deleting };
}

/** Overwrites every key, and lets the snapshot from before go. */
async function measureDeleting(endpoint: string, keys: number): Promise<RadosgwDeleting> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
  const bucket = BUCKETS.full;
  const set = { RetentionPolicy: { KeepLast: 1 } };
  const site = new Site(folder, { endpoint, master: bucket, slave: bucket, set });
  try {
    await site.json(['snapshot']);
    await withClient(endpoint, (client) => putAll(client, keys));
    await site.json(['snapshot']);
    const cost = await measure(executable, ['gc', '--yes', '--json', '--config', site.configPath]);
    const { deleted } = (JSON.parse(cost.stdout) as { versions: { deleted: number } }).versions;
    if (deleted !== keys) throw new Error(`${deleted} of ${keys} versions were deleted`);
    return {
      versions: keys,
      cpuMsPer1000: cost.cpuMs / (keys / 1000),
      versionsPerS: (keys / cost.wallMs) * 1000,
      ownShare: cost.cpuMs / cost.wallMs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fillBuckets(endpoint: string, keys: number): Promise<void> {
  await withClient(endpoint, async (client) => {
    for (const bucket of Object.values(BUCKETS)) await createVersioned(client, bucket);
    await putAll(client, keys);
  });
}

async function putAll(client: S3Client, keys: number): Promise<void> {
  const numbers = Array.from({ length: keys }, (_, n) => n);
  await forEachConcurrently(numbers, WRITERS, async (n) => {
    const key = `folder-${String(n % 100).padStart(2, '0')}/object-${String(n).padStart(8, '0')}`;
    await client.send(new PutObjectCommand({ Bucket: BUCKETS.full, Key: key, Body: String(n) }));
  });
}

async function withClient(endpoint: string, work: (client: S3Client) => Promise<void>): Promise<void> {
  const client = testClient(endpoint, { maxAttempts: 5 });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

async function createVersioned(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
}
