/**
 * Removes snapshots and the versions that only they name, whoever chose them: the retention policy for gc, the user for
 * delete-snapshot. Mark, check, sweep; then manifests and rows, then ranges. A snapshot whose deletion has begun is in
 * state `deleting` and is finished by this run or the next gc.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { whileHeld } from '../catalogue/while-held.ts';
import { refreshExclusiveBytes } from '../snapshots/exclusive.ts';
import type { Manifest } from '../index/manifest.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { Lookup } from './lookup.ts';
import { markVersions, type Mark } from './mark.ts';
import type { GcDependencies, KeptSnapshot, RemovalOptions } from './options.ts';
import type { SavingsEstimate } from './savings.ts';
import type { OrphanCounts } from './orphans/sweep.ts';
import { orphanScope, type OrphanScope } from './orphans/scope.ts';
import type { DeleteFailure } from './outcomes.ts';
import { defaultMargins } from './safety.ts';
import { confirmOrphanShare, confirmShare } from './share.ts';
import { sweepRanges } from './sweep-ranges.ts';
import { sweepVersions, type SweepDependencies, type VersionCounts } from './sweep.ts';

export interface GcResult {
  removed: string[];
  kept: { snapshot: string; reasons: string[] }[];
  versions: VersionCounts;
  /** Null where they were not asked for. */
  orphans: OrphanCounts | null;
  /** Of both. */
  bytesFreed: number;
  /** An estimate, by the storage classes that the bucket states now. */
  savings: SavingsEstimate;
  rangesDeleted: number;
  dryRun: boolean;
  /** Id of the list of the versions: SnapshotsDir/marks/<id>.ndjson, which stays after a dry run. */
  mark: string;
  /** The first 10,000: `locked` and `failed` count all. */
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
  given: GcDependencies,
): Promise<GcResult> {
  const { repository } = given;
  const lock = repository.lock('exclusive', command);
  const dependencies = whileHeld(lock, given);
  try {
    await repository.reconcile();
    const [damaged] = repository.damaged;
    if (damaged !== undefined) throw damaged.error;
    const { obsolete, kept } = await choose();
    await refuseHeld(obsolete, repository);
    const keptManifests = await readAll(kept, repository);
    const scope = await scopeOf(options, { obsolete, kept }, keptManifests, dependencies);
    const orphans = scope && { scope, concurrency: options.concurrency };
    const mark = await markVersions(obsolete, keptManifests, orphans, dependencies);
    let isDone = false;
    try {
      refuseTooMany(command, mark, options.maxDelete);
      await confirmAll(mark, kept, options, dependencies);
      const result = await removeMarked(mark, { obsolete, kept }, options, {
        ...dependencies,
        lookup: new Lookup(keptManifests, repository.ranges),
        coverage: scope?.coverage,
        assertLockHeld: () => lock.assertHeld(),
      });
      isDone = !options.dryRun;
      return result;
    } finally {
      if (isDone) await mark.file.remove();
      else await mark.file.close();
    }
  } finally {
    lock.release();
  }
}

async function scopeOf(
  { orphans = false, margins = defaultMargins }: RemovalOptions,
  { obsolete, kept }: Choice,
  keptManifests: readonly Manifest[],
  dependencies: GcDependencies,
): Promise<OrphanScope | undefined> {
  if (!orphans) return undefined;
  const keptRows = kept.map(({ row }) => row);
  return orphanScope(keptRows, keptManifests, obsolete, margins, dependencies);
}

async function confirmAll(
  mark: Mark,
  kept: readonly KeptSnapshot[],
  { confirm, dryRun }: RemovalOptions,
  dependencies: GcDependencies,
): Promise<void> {
  if (confirm === undefined || dryRun) return;
  await confirmShare(mark.candidates, kept, confirm, dependencies);
  if (mark.orphans !== undefined) await confirmOrphanShare(mark.orphans, confirm);
}

async function removeMarked(
  mark: Mark,
  { obsolete, kept }: Choice,
  options: RemovalOptions,
  dependencies: SweepDependencies,
): Promise<GcResult> {
  const { repository, bucket, signal, assertLockHeld } = dependencies;
  const { log } = dependencies.observer;
  if (!options.dryRun) await beginDeleting(obsolete, bucket.name, repository);
  const swept = await sweepVersions(mark, options, dependencies);
  const removed = obsolete.map((row) => row.name).filter((name) => !swept.unfinished.has(name));
  assertLockHeld();
  if (!options.dryRun) for (const name of removed) await repository.remove(name);
  const rangesDeleted = await sweepRanges(repository, bucket.name, removed, options.dryRun);
  if (!options.dryRun) await refreshExclusiveBytes(repository, bucket.name, { signal, log });
  return {
    removed,
    kept: kept.map(({ row, reasons }) => ({ snapshot: row.name, reasons })),
    versions: swept.counts,
    orphans: swept.orphans,
    bytesFreed: swept.bytesFreed,
    savings: swept.savings,
    rangesDeleted,
    dryRun: options.dryRun,
    mark: mark.id,
    failures: swept.failures,
  };
}

/** From here on nothing can be restored from what is about to be deleted. */
async function beginDeleting(
  obsolete: readonly SnapshotRow[],
  bucket: string,
  repository: SnapshotRepository,
): Promise<void> {
  // Nobody has asked what they name: one that is resumed after this run was killed would name what is gone.
  await repository.unfinished.removeOf(bucket);
  for (const row of obsolete) await repository.markDeleting(row.name);
}

async function readAll(kept: readonly KeptSnapshot[], repository: SnapshotRepository): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const { row } of kept) manifests.push(await repository.read(row.name));
  return manifests;
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

function refuseTooMany(command: string, mark: Mark, maxDelete: number | undefined): void {
  const candidates = mark.candidates + (mark.orphans?.orphans ?? 0);
  if (maxDelete === undefined || candidates <= maxDelete) return;
  throw new BackupError(
    'REFUSED',
    `${command} would delete up to ${candidates} versions, more than --max-delete ${maxDelete}.`,
    {
      hint: `Look at "${command} --dry-run", then raise --max-delete.`,
    },
  );
}
