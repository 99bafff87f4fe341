/**
 * Use case: removes the snapshots that the retention policy lets go, and the versions that only they name. Mark, check,
 * sweep; then manifests and rows, then ranges. A snapshot whose deletion has begun is in state `deleting` and is
 * finished by this run or the next one.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { isEmptyPolicy } from '../retention/policy.ts';
import { refreshExclusiveBytes } from '../snapshots/exclusive.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { decideAll } from '../snapshots/series.ts';
import { markVersions } from './mark.ts';
import type { GcDependencies, GcOptions, KeptSnapshot } from './options.ts';
import { sweepRanges } from './sweep-ranges.ts';
import { sweepVersions, type DeleteFailure, type VersionCounts } from './sweep.ts';

export interface GcResult {
  removed: string[];
  kept: { snapshot: string; reasons: string[] }[];
  versions: VersionCounts;
  bytesFreed: number;
  rangesDeleted: number;
  dryRun: boolean;
  failures: DeleteFailure[];
}

/**
 * Versions that could not be deleted are in the result; their snapshots stay in state `deleting`.
 * @throws BackupError LOCKED; REFUSED for an empty policy, a flagged newest snapshot, too many deletions;
 * INDEX_DAMAGED where a snapshot cannot be read, as what it names is then unknown
 */
export async function collectGarbage(options: GcOptions, dependencies: GcDependencies): Promise<GcResult> {
  const { repository, bucket, signal } = dependencies;
  const lock = repository.lock('exclusive', 'gc');
  try {
    refuseWhereUnsafe(options, repository, bucket.name);
    const { obsolete, kept } = await decide(options, dependencies);
    const mark = await markVersions(obsolete, kept, dependencies);
    try {
      refuseTooMany(mark.candidates, options.maxDelete);
      if (!options.dryRun) for (const row of obsolete) await repository.markDeleting(row.name);
      const swept = await sweepVersions(mark, options, dependencies);
      const removed = obsolete.map((row) => row.name).filter((name) => !swept.unfinished.has(name));
      if (!options.dryRun) for (const name of removed) await repository.remove(name);
      const rangesDeleted = await sweepRanges(repository, removed, options.dryRun);
      if (!options.dryRun) await refreshExclusiveBytes(repository, bucket.name, signal);
      return {
        removed,
        kept: kept.map(({ row, reasons }) => ({ snapshot: row.name, reasons })),
        versions: swept.counts,
        bytesFreed: swept.bytesFreed,
        rangesDeleted,
        dryRun: options.dryRun,
        failures: swept.failures,
      };
    } finally {
      await mark.file.remove();
    }
  } finally {
    lock.release();
  }
}

function refuseWhereUnsafe(options: GcOptions, repository: SnapshotRepository, bucket: string): void {
  const [damaged] = repository.damaged;
  if (damaged !== undefined) throw damaged.error;
  if (isEmptyPolicy(options.policy)) {
    throw new BackupError('REFUSED', 'There is no retention policy, so no snapshot is obsolete.', {
      hint: 'Set RetentionPolicy in the configuration, for example to 30 (days).',
    });
  }
  const newest = repository.list(bucket).at(-1);
  if (newest !== undefined && newest.flags.length > 0 && !options.force) {
    throw new BackupError(
      'REFUSED',
      `The newest snapshot, ${newest.name}, is flagged (${newest.flags.join(', ')}): its listing may have missed most of the bucket.`,
      { hint: 'Look at the bucket. If it is right, take another snapshot, or run gc with --force.' },
    );
  }
}

function refuseTooMany(candidates: number, maxDelete: number | undefined): void {
  if (maxDelete === undefined || candidates <= maxDelete) return;
  throw new BackupError(
    'REFUSED',
    `gc would delete up to ${candidates} versions, more than --max-delete ${maxDelete}.`,
    {
      hint: 'Look at "gc --dry-run", then raise --max-delete.',
    },
  );
}

async function decide(
  { policy, minimumRedundancy }: GcOptions,
  { repository, bucket }: GcDependencies,
): Promise<{ obsolete: SnapshotRow[]; kept: KeptSnapshot[] }> {
  const rows = repository.list(bucket.name);
  // The server's clock: a local one that is off must not make snapshots look old (trap 4).
  const verdicts = decideAll(rows, { policy, minimumRedundancy, nowMs: await bucket.serverTimeMs() });
  const obsolete: SnapshotRow[] = [];
  const kept: KeptSnapshot[] = [];
  for (const row of rows) {
    const verdict = verdicts.get(row.name);
    if (verdict?.verdict === 'remove') obsolete.push(row);
    else kept.push({ row, reasons: verdict?.reasons ?? [] });
  }
  return { obsolete, kept };
}
