/** Marks orphans: finds them, and hands them on in batches for the sweep. */
import type { GcDependencies } from '../options.ts';
import { findOrphans, type OrphanTotals } from './find.ts';
import type { Orphan } from './orphan.ts';
import type { OrphanScope } from './scope.ts';

/** As many as one DeleteObjects request takes (trap 22), or more of one key: each batch lists its keys afresh, all versions of them. */
const batchSize = 1000;

/** @throws BackupError INDEX_DAMAGED where a range cannot be read, and what a listing throws */
export async function markOrphans(
  add: (orphans: Orphan[]) => Promise<void>,
  scope: OrphanScope,
  concurrency: number,
  dependencies: GcDependencies,
): Promise<OrphanTotals> {
  const found = async (orphans: readonly Orphan[]): Promise<void> => {
    for (const batch of batchesOf(orphans)) await add(batch);
  };
  const totals = await findOrphans({ ...scope, found, concurrency }, dependencies);
  if (totals.unclearKeys > 0) {
    dependencies.observer.log.warn(
      'keys were left alone, because their listing does not begin with the current version',
      { keys: totals.unclearKeys },
    );
  }
  return totals;
}

function batchesOf(orphans: readonly Orphan[]): Orphan[][] {
  const batches: Orphan[][] = [];
  for (const orphan of orphans) {
    const last = batches.at(-1);
    const isFull = last !== undefined && last.length >= batchSize && last.at(-1)?.key !== orphan.key;
    if (last === undefined || isFull) batches.push([orphan]);
    else last.push(orphan);
  }
  return batches;
}
