/** Sweep: deletes the marked versions, each batch checked against the bucket right before. */
import { forEachConcurrently } from '../concurrency.ts';
import type { Entry } from '../index/entry.ts';
import type { DeleteOutcome } from '../s3/types.ts';
import { checkCandidates } from './check.ts';
import type { GcDependencies, RemovalOptions } from './options.ts';
import type { Mark, MarkedVersions } from './mark.ts';

export interface VersionCounts {
  candidates: number;
  deleted: number;
  /** The current version of its key now: never deleted. */
  current: number;
  /** Under a hold or retention, or denied: tried again by the next gc. */
  locked: number;
  /** Gone already. */
  missing: number;
  failed: number;
}

export interface DeleteFailure {
  key: string;
  versionId: string;
  code: string;
  message: string;
}

export interface SweepResult {
  counts: VersionCounts;
  bytesFreed: number;
  failures: DeleteFailure[];
  /** Snapshots of which a version could not be deleted. */
  unfinished: Set<string>;
}

/** In a dry run everything but the deleting: `deleted` is what would be. */
export async function sweepVersions(
  mark: Mark,
  options: RemovalOptions,
  dependencies: GcDependencies,
): Promise<SweepResult> {
  const { observer, signal } = dependencies;
  const result: SweepResult = {
    counts: { candidates: mark.candidates, deleted: 0, current: 0, locked: 0, missing: 0, failed: 0 },
    bytesFreed: 0,
    failures: [],
    unfinished: new Set(),
  };
  let done = 0;
  await forEachConcurrently(mark.file.items(), options.concurrency, async (batch) => {
    signal.throwIfAborted();
    await sweepBatch(batch, result, options, dependencies);
    done += batch.entries.length;
    observer.progress({ phase: 'deleting', done, total: mark.candidates, unit: 'versions' });
  });
  return result;
}

async function sweepBatch(
  { snapshot, entries }: MarkedVersions,
  result: SweepResult,
  { dryRun }: RemovalOptions,
  { bucket, signal }: GcDependencies,
): Promise<void> {
  const findings = await checkCandidates(entries, bucket, signal);
  const deletable = entries.filter((_, index) => findings[index] === 'deletable');
  result.counts.current += findings.filter((finding) => finding === 'current').length;
  result.counts.missing += findings.filter((finding) => finding === 'missing').length;
  if (deletable.length === 0) return;
  const outcomes = dryRun
    ? deletable.map((): DeleteOutcome => ({ status: 'deleted' }))
    : await bucket.deleteVersions(deletable, { signal });
  deletable.forEach((entry, index) => noteOutcome(result, snapshot, entry, outcomes[index]));
}

function noteOutcome(
  result: SweepResult,
  snapshot: string,
  entry: Entry,
  outcome: DeleteOutcome = {
    status: 'failed',
    code: 'NoAnswer',
    message: 'The server did not say what became of it.',
  },
): void {
  result.counts[outcome.status] += 1;
  if (outcome.status === 'deleted') result.bytesFreed += entry.sizeBytes;
  if (outcome.status === 'locked' || outcome.status === 'failed') {
    result.unfinished.add(snapshot);
    const { code, message } = outcome;
    result.failures.push({ key: entry.key, versionId: entry.versionId, code, message });
  }
}
