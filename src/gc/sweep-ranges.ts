import type { SnapshotRepository } from '../snapshots/repository.ts';

/**
 * Removes the ranges that neither a manifest nor an unfinished snapshot of another bucket names, and what crashed runs left. It runs
 * alone: a snapshot being taken has ranges that no manifest names yet.
 * @param bucket whose unfinished snapshots are gone by now, or in a dry run as good as gone
 * @param removed snapshots that a dry run only pretends to have removed
 * @returns how many ranges
 * @throws BackupError INDEX_DAMAGED where a manifest cannot be read: its ranges are then unknown
 */
export async function sweepRanges(
  repository: SnapshotRepository,
  bucket: string,
  removed: readonly string[],
  dryRun: boolean,
): Promise<number> {
  const named = new Set<string>();
  // All manifests of the folder: those of another bucket that once was protected here share the ranges' folder.
  for (const name of await repository.manifests.list()) {
    if (removed.includes(name)) continue;
    for (const range of (await repository.read(name)).ranges) named.add(range.hash);
  }
  for (const { intent, finished } of await repository.unfinished.list()) {
    if (intent.bucket === bucket) continue;
    for (const { hash } of finished.flatMap(({ ranges }) => ranges)) named.add(hash);
  }
  let count = 0;
  for (const hash of await repository.ranges.list()) {
    if (named.has(hash)) continue;
    if (!dryRun) await repository.ranges.remove(hash);
    count += 1;
  }
  if (!dryRun) {
    await repository.ranges.removeSetAside(named);
    await repository.removeLeftovers();
  }
  return count;
}
