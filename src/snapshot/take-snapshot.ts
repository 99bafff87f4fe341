/**
 * Takes a restore point: what was current in the slave bucket at one moment, the as-of time. Crash order: ranges, then
 * the manifest, then the catalogue row; what a crash leaves is at most ranges that no manifest names.
 */
import { DEFAULT_CUT_BITS } from '../index/cut.ts';
import type { Manifest } from '../index/manifest.ts';
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { refreshExclusiveBytes } from '../snapshots/exclusive.ts';
import { chooseAsOf, waitUntilOver } from './as-of-time.ts';
import { checkSlaveBucket } from './check-bucket.ts';
import { listIntoRanges, type ListingResult } from './list-into-ranges.ts';
import { freeName } from './name.ts';
import { flagsOf } from './flags.ts';
import type { SnapshotDependencies, SnapshotOptions } from './options.ts';

export interface SnapshotResult {
  snapshot: string;
  set: string;
  bucket: string;
  prefix: string;
  asOf: string;
  keys: number;
  bytes: number;
  ranges: { total: number; new: number };
  requests: number;
  /** What makes it suspect; gc refuses while the newest snapshot is. */
  flags: string[];
  durationMs: number;
  existing: boolean;
}

/**
 * @throws BackupError LOCKED, BUCKET_MISSING, BUCKET_UNVERSIONED, USAGE for a time that is still to come,
 * LISTING_INVALID, and what the disk and the server throw; the snapshot then does not exist
 */
export async function takeSnapshot(
  options: SnapshotOptions,
  dependencies: SnapshotDependencies,
): Promise<SnapshotResult> {
  const { repository, bucket, clock, observer, signal } = dependencies;
  const startMs = clock.nowMs();
  const lock = repository.lock('shared', 'snapshot');
  try {
    await checkSlaveBucket(bucket, observer.log);
    const asOf = await chooseAsOf(bucket, options.atMs);
    const series = seriesBefore(repository.list(bucket.name), options.prefix, asOf.timeMs);
    if (series.same !== undefined) return existingResult(series.same, options.set, clock.nowMs() - startMs);

    await waitUntilOver(asOf, clock, signal);
    const listingStartedAt = new Date(clock.nowMs()).toISOString();
    const listing = await listIntoRanges(
      { prefix: options.prefix, asOfMs: asOf.timeMs, estimatedKeys: series.previous?.keys },
      dependencies,
    );
    const nowIso = new Date(clock.nowMs()).toISOString();
    const manifest: Manifest = {
      format: 1,
      snapshot: await freeName(asOf.timeMs, repository.manifests),
      set: options.set,
      bucket: bucket.name,
      region: bucket.region,
      endpoint: bucket.endpoint,
      prefix: options.prefix,
      asOf: new Date(asOf.timeMs).toISOString(),
      listingStartedAt,
      listingEndedAt: nowIso,
      createdAt: nowIso,
      keys: listing.keys,
      bytes: listing.bytes,
      requests: listing.requests,
      state: 'complete',
      held: options.hold,
      tags: options.tags,
      note: options.note,
      flags: flagsOf(listing, series.previous),
      cutBits: DEFAULT_CUT_BITS,
      ranges: listing.ranges,
    };
    await repository.ranges.sync();
    await repository.add(manifest);
    for (const flag of manifest.flags) {
      observer.log.warn('the snapshot is flagged: gc refuses to run while it is the newest', { flag });
    }
    await refreshExclusiveBytes(repository, bucket.name, signal);
    return newResult(manifest, listing, clock.nowMs() - startMs);
  } finally {
    lock.release();
  }
}

/** The snapshot of this very moment, and the newest one before it, of the same bucket and prefix. */
function seriesBefore(
  rows: SnapshotRow[],
  prefix: string,
  asOfMs: number,
): { same: SnapshotRow | undefined; previous: SnapshotRow | undefined } {
  const series = rows.filter((row) => row.prefix === prefix && row.state === 'complete');
  return {
    same: series.find((row) => Date.parse(row.asOf) === asOfMs),
    previous: series.findLast((row) => Date.parse(row.asOf) < asOfMs),
  };
}

function existingResult(row: SnapshotRow, set: string, durationMs: number): SnapshotResult {
  return {
    snapshot: row.name,
    set,
    bucket: row.bucket,
    prefix: row.prefix,
    asOf: row.asOf,
    keys: row.keys,
    bytes: row.bytes,
    ranges: { total: 0, new: 0 },
    requests: 0,
    flags: row.flags,
    durationMs,
    existing: true,
  };
}

function newResult(manifest: Manifest, listing: ListingResult, durationMs: number): SnapshotResult {
  return {
    snapshot: manifest.snapshot,
    set: manifest.set,
    bucket: manifest.bucket,
    prefix: manifest.prefix,
    asOf: manifest.asOf,
    keys: manifest.keys,
    bytes: manifest.bytes,
    ranges: { total: listing.ranges.length, new: listing.newRanges },
    requests: manifest.requests,
    flags: manifest.flags,
    durationMs,
    existing: false,
  };
}
