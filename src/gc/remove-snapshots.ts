/**
 * Removes snapshots and the versions that only they name, whoever chose them: the retention policy for gc, the user for
 * delete-snapshot. Mark, check, sweep; then manifests and rows, then ranges. A snapshot whose deletion has begun is in
 * state `deleting` and is finished by this run or the next gc.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { refreshExclusiveBytes } from '../snapshots/exclusive.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { markVersions } from './mark.ts';
import type { GcDependencies, KeptSnapshot, RemovalOptions } from './options.ts';
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

/** Every snapshot of the bucket, in one of the two lists. */
export interface Choice {
  obsolete: SnapshotRow[];
  kept: KeptSnapshot[];
}

/**
 * Versions that could not be deleted are in the result; their snapshots stay in state `deleting`.
 * @param command what the lock is held for
 * @param choose decides under the lock; what it throws ends the run before anything was touched
 * @throws BackupError LOCKED; REFUSED for too many deletions, or a snapshot that its manifest says is held; INDEX_DAMAGED
 * where a snapshot cannot be read, as what it names is then unknown
 */
export async function removeSnapshots(
  command: string,
  choose: () => Promise<Choice>,
  options: RemovalOptions,
  dependencies: GcDependencies,
): Promise<GcResult> {
  const { repository, bucket, signal } = dependencies;
  const lock = repository.lock('exclusive', command);
  try {
    const [damaged] = repository.damaged;
    if (damaged !== undefined) throw damaged.error;
    const { obsolete, kept } = await choose();
    await refuseHeld(obsolete, repository);
    const mark = await markVersions(obsolete, kept, dependencies);
    try {
      refuseTooMany(command, mark.candidates, options.maxDelete);
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

/** A `hold` that was killed between manifest and row: the manifest is the truth. */
async function refuseHeld(obsolete: readonly SnapshotRow[], repository: SnapshotRepository): Promise<void> {
  for (const row of obsolete) {
    const { name } = row;
    if (row.state === 'deleting' || !(await repository.read(name)).held) continue;
    throw new BackupError('REFUSED', `Snapshot ${name} is held: its manifest says so.`, {
      hint: `Run "backup-my-bucket hold ${name}" again to keep it, or "release ${name}" to let it go.`,
    });
  }
}

function refuseTooMany(command: string, candidates: number, maxDelete: number | undefined): void {
  if (maxDelete === undefined || candidates <= maxDelete) return;
  throw new BackupError(
    'REFUSED',
    `${command} would delete up to ${candidates} versions, more than --max-delete ${maxDelete}.`,
    {
      hint: `Look at "${command} --dry-run", then raise --max-delete.`,
    },
  );
}
