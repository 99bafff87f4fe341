/** Repeats a snapshot and takes the medians. */
import { PAST_MOMENT } from './plan.ts';
import { median } from './measure.ts';
import type { SnapshotFigures } from './results.ts';
import type { BenchServer } from './server.ts';
import { runSnapshot, type SnapshotRun } from './snapshot-run.ts';

export const PAGE_SIZE = 1000;

export interface SnapshotCase {
  endpoint: string;
  bucket: string;
  /** That the listing shows. */
  versions: number;
  workers: number;
  repeats: number;
  /** CPU of a snapshot of an empty bucket. */
  startCpuMs: number;
  /** The embedded S3, to read its processor time; absent for other servers. */
  server?: BenchServer;
  /** See `SnapshotRequest.at`; default: the past moment of synthetic buckets. */
  at?: string;
}

export async function snapshotFigures(measured: SnapshotCase): Promise<SnapshotFigures> {
  const { endpoint, bucket, versions, workers, repeats, startCpuMs, server, at = PAST_MOMENT } = measured;
  const runs: (SnapshotRun & { serverCpuMs: number })[] = [];
  for (let i = 0; i < repeats; i++) {
    const before = await server?.stats();
    const run = await runSnapshot({ endpoint, bucket, concurrency: workers, at });
    const after = await server?.stats();
    const serverCpuMs = before && after ? after.cpuMs - before.cpuMs : NaN;
    runs.push({ ...run, serverCpuMs });
  }
  const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
  const thousands = versions / 1000;
  const serverShare = of((run) => run.serverCpuMs / run.durationMs);
  return {
    versions,
    cpuMsPer1000: of((run) => run.cpuMs) / thousands,
    netCpuMsPer1000: of((run) => run.cpuMs - startCpuMs) / thousands,
    versionsPerS: of((run) => (versions / run.durationMs) * 1000),
    ...(server && { serverShare }),
    peakBytes: of((run) => run.peakBytes),
    requests: of((run) => run.requests),
    leastRequests: Math.max(1, Math.ceil(versions / PAGE_SIZE)),
  };
}
