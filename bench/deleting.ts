/** What deleting many versions costs: a bucket of which every key was overwritten once, and the snapshot from before goes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable } from '../test/support/command.ts';
import { Site } from '../test/support/site.ts';
import type { Say } from './compare.ts';
import { measure } from './measure.ts';
import type { DeletingResult } from './results.ts';
import type { BenchServer } from './server.ts';

const batchSize = 10_000;

export async function measureDeleting(
  versions: number,
  workers: number,
  server: BenchServer,
  say: Say,
): Promise<DeletingResult> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
  const bucket = `deleting-${versions}`;
  const { endpoint } = server;
  const set = { RetentionPolicy: { KeepLast: 1 } };
  const site = new Site(folder, { endpoint, master: bucket, slave: bucket, set });
  const run = async (...args: string[]) =>
    measure(executable, [...args, '--json', '--config', site.configPath, '--concurrency', `${workers}`]);
  try {
    for (const atMs of ['2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'].map(Date.parse)) {
      await putAll(server, bucket, versions, atMs);
      await run('snapshot', '--at', new Date(atMs + 3_600_000).toISOString());
    }
    const before = await server.stats();
    await server.takeRequests();
    const cost = await run('gc', '--yes');
    const requests = await server.takeRequests();
    const after = await server.stats();
    const { deleted } = (JSON.parse(cost.stdout) as { versions: { deleted: number } }).versions;
    if (deleted !== versions) throw new Error(`${deleted} of ${versions} versions were deleted`);
    const result = {
      versions,
      workers,
      cpuMsPer1000: cost.cpuMs / (versions / 1000),
      versionsPerS: (versions / cost.wallMs) * 1000,
      serverShare: (after.cpuMs - before.cpuMs) / cost.wallMs,
      peakBytes: cost.peakBytes,
      listings: requests['ListObjectVersions'] ?? 0,
      deletions: requests['DeleteObjects'] ?? 0,
    };
    say(`deleting ${versions} versions: ${result.cpuMsPer1000.toFixed(1)} ms of CPU for 1,000`);
    return result;
  } finally {
    await server.removeBucket(bucket);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function putAll(
  server: BenchServer,
  bucket: string,
  count: number,
  lastModifiedMs: number,
): Promise<void> {
  for (let at = 0; at < count; at += batchSize) {
    const versions = Array.from({ length: Math.min(batchSize, count - at) }, (_, i) => ({
      key: `data/${String(at + i).padStart(9, '0')}.parquet`,
      sizeBytes: 1000,
      fillByte: 1,
      etag: '0123456789abcdef0123456789abcdef',
      lastModifiedMs,
    }));
    await server.putVersions(bucket, versions);
  }
}
