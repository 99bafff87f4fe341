/**
 * Takes a restore point: what was current in the slave bucket at one moment, the as-of time. Crash order: ranges, then
 * the manifest, then the catalogue row; what a crash leaves is at most ranges that no manifest names.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { whileHeld } from '../catalogue/while-held.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../index/manifest.ts';
import { errorText } from '../log/error-text.ts';
import type { Logger } from '../log/logger.ts';
import type { RangeRef } from '../index/range-ref.ts';
import { acceptHint } from '../snapshots/accept.ts';
import { refreshExclusiveBytes } from '../snapshots/exclusive.ts';
import { chooseAsOf, waitUntilOver } from './as-of-time.ts';
import { checkSlaveBucket } from './check-bucket.ts';
import { flagsOf } from './flags.ts';
import { listIntoRanges } from './list-into-ranges.ts';
import type { SnapshotDependencies, SnapshotOptions } from './options.ts';
import { warnOfRemoved } from './past-moment.ts';
import {
  beginSnapshot,
  interruptedSnapshots,
  resumeSnapshot,
  type StartedSnapshot,
} from './started-snapshot.ts';
import { applyWishes } from './wishes.ts';

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
 * @throws BackupError LOCKED, BUCKET_MISSING, BUCKET_UNVERSIONED, USAGE for a time that is still to come, SNAPSHOT_UNKNOWN where
 * there is nothing to resume, LISTING_INVALID, and what the disk and the server throw; the snapshot then does not exist, and
 * what was listed of it can be resumed
 */
export async function takeSnapshot(
  options: SnapshotOptions,
  given: SnapshotDependencies,
): Promise<SnapshotResult> {
  const { repository, bucket, clock, observer } = given;
  const startMs = clock.nowMs();
  const lock = repository.lock('shared', 'snapshot');
  const dependencies = whileHeld(lock, given);
  try {
    await checkSlaveBucket(bucket, observer.log);
    const started = options.resume
      ? await resumeSnapshot(options.set, dependencies)
      : await startNew(options, dependencies);
    if ('existing' in started) {
      await applyWishes(started.existing, options, dependencies);
      return existingResult(started.existing, options.set, clock.nowMs() - startMs);
    }
    const assertHeld = (): void => [lock, started.lock].forEach((each) => each.assertHeld());
    const { manifest, newRanges } = await finishOrKeep(started, options, assertHeld, dependencies);
    for (const flag of manifest.flags) {
      observer.log.warn('the snapshot is flagged: gc refuses to run while it is the newest', {
        flag,
        hint: acceptHint(manifest),
      });
    }
    await refreshExclusiveBytes(repository, bucket.name, { signal: dependencies.signal, log: observer.log });
    return newResult(manifest, newRanges, clock.nowMs() - startMs);
  } finally {
    lock.release();
  }
}

async function startNew(
  options: SnapshotOptions,
  dependencies: SnapshotDependencies,
): Promise<StartedSnapshot | { existing: SnapshotRow }> {
  const { repository, bucket, clock, observer, signal } = dependencies;
  const asOf = await chooseAsOf(bucket, options.atMs);
  const rows = repository.list(bucket.name);
  const { same } = seriesBefore(rows, options.prefix, asOf.timeMs);
  if (same !== undefined) return { existing: same };
  if (options.atMs !== undefined)
    warnOfRemoved(rows, { prefix: options.prefix, asOfMs: asOf.timeMs }, observer.log);
  for (const { intent } of await interruptedSnapshots(repository, bucket.name)) {
    observer.log.warn(
      'there is an unfinished snapshot; this begins a new one, "snapshot --resume" goes on with it',
      {
        snapshot: intent.snapshot,
      },
    );
  }
  await waitUntilOver(asOf, clock, signal);
  return beginSnapshot(options, asOf.timeMs, dependencies);
}

/** What fails leaves a journal to resume by, unless nothing was finished yet. */
async function finishOrKeep(
  started: StartedSnapshot,
  options: SnapshotOptions,
  assertHeld: () => void,
  dependencies: SnapshotDependencies,
): Promise<{ manifest: Manifest; newRanges: number }> {
  const { intent, journal, lock } = started;
  const { log } = dependencies.observer;
  const ending = { snapshot: intent.snapshot, log };
  let finishedRanges = started.finished.length;
  try {
    const result = await finish(started, options, assertHeld, dependencies, () => (finishedRanges += 1));
    await atEnd(() => journal.remove(), ending);
    return result;
  } catch (error) {
    if (finishedRanges === 0) await atEnd(() => journal.remove(), ending);
    else {
      await atEnd(() => journal.close(), ending);
      log.warn('what was finished is kept: "snapshot --resume" goes on from there', {
        snapshot: intent.snapshot,
      });
    }
    throw error;
  } finally {
    lock.release();
  }
}

/** What comes after the work must not hide how that went. A journal that is left is for gc to clear away. */
async function atEnd(
  step: () => Promise<void>,
  { snapshot, log }: { snapshot: string; log: Logger },
): Promise<void> {
  await step().catch((error: unknown) => {
    log.warn('the journal of the snapshot could not be ended', { snapshot, error: errorText(error) });
  });
}

async function finish(
  { intent, journal, finished }: StartedSnapshot,
  { concurrency, acceptShrunk = false }: SnapshotOptions,
  assertHeld: () => void,
  dependencies: SnapshotDependencies,
  onFinished: () => void,
): Promise<{ manifest: Manifest; newRanges: number }> {
  const { repository, bucket, clock } = dependencies;
  const { before } = seriesBefore(repository.list(bucket.name), intent.prefix, Date.parse(intent.asOf));
  const earlierRequests = finished.reduce((most, { requests }) => Math.max(most, requests), 0);
  const listing = await listIntoRanges(
    {
      prefix: intent.prefix,
      asOfMs: Date.parse(intent.asOf),
      cutBits: intent.cutBits,
      concurrency,
      previous: await rangesOf(before.at(-1), dependencies),
      finished,
      onFinished: async (range, requests) => {
        await journal.add({ ...range, requests: earlierRequests + requests });
        onFinished();
      },
    },
    dependencies,
  );
  const nowIso = new Date(clock.nowMs()).toISOString();
  const { format: _format, ...intended } = intent;
  const manifest: Manifest = {
    format: 1,
    ...intended,
    region: bucket.region,
    listingEndedAt: nowIso,
    createdAt: nowIso,
    keys: listing.keys,
    bytes: listing.bytes,
    requests: earlierRequests + listing.requests,
    state: 'complete',
    flags: acceptShrunk ? [] : flagsOf(listing, before),
    ranges: listing.ranges,
  };
  await repository.ranges.sync();
  // Else gc may have taken the lock over, and removed ranges that no manifest named yet.
  assertHeld();
  await repository.add(manifest);
  return { manifest, newRanges: listing.newRanges };
}

/** Where the keys were: it makes the listing faster, and is no more than a hint. */
async function rangesOf(
  previous: SnapshotRow | undefined,
  { repository, observer }: SnapshotDependencies,
): Promise<readonly RangeRef[]> {
  if (previous === undefined) return [];
  try {
    return (await repository.read(previous.name)).ranges;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    observer.log.warn(error.message, { snapshot: previous.name });
    return [];
  }
}

/** The snapshot of this very moment, and those before it, the oldest first, of the same bucket and prefix. */
function seriesBefore(
  rows: SnapshotRow[],
  prefix: string,
  asOfMs: number,
): { same: SnapshotRow | undefined; before: SnapshotRow[] } {
  const series = rows.filter((row) => row.prefix === prefix && row.state === 'complete');
  return {
    same: series.find((row) => Date.parse(row.asOf) === asOfMs),
    before: series.filter((row) => Date.parse(row.asOf) < asOfMs),
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

function newResult(manifest: Manifest, newRanges: number, durationMs: number): SnapshotResult {
  return {
    snapshot: manifest.snapshot,
    set: manifest.set,
    bucket: manifest.bucket,
    prefix: manifest.prefix,
    asOf: manifest.asOf,
    keys: manifest.keys,
    bytes: manifest.bytes,
    ranges: { total: manifest.ranges.length, new: newRanges },
    requests: manifest.requests,
    flags: manifest.flags,
    durationMs,
    existing: false,
  };
}
