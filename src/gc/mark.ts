/**
 * Mark: the versions that obsolete snapshots name and no kept one does, written to a file before anything is deleted, so that it
 * can be looked at. It has an id, and lies in SnapshotsDir/marks: that of a dry run, or of a run that was interrupted, stays
 * there until the next mark is made. What is not deleted by then is found again.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Manifest } from '../index/manifest.ts';
import { removeSpools, Spool } from '../spool.ts';
import { candidatesOf, type Candidate } from './candidates.ts';
import type { GcDependencies } from './options.ts';
import type { OrphanTotals } from './orphans/find.ts';
import { markOrphans } from './orphans/mark.ts';
import type { Orphan } from './orphans/orphan.ts';
import type { OrphanScope } from './orphans/scope.ts';

/** Versions of one obsolete snapshot, by key, no key twice. */
export interface MarkedVersions {
  snapshot: string;
  entries: Candidate[];
}

/** Versions that no snapshot names, by key. */
export interface MarkedOrphans {
  orphans: Orphan[];
}

export type Marked = MarkedVersions | MarkedOrphans;

export interface Mark {
  /** Its file is `marks/<id>.ndjson`: a line of JSON for each batch. */
  id: string;
  file: Spool<Marked>;
  candidates: number;
  /** Where orphans were looked for. */
  orphans: OrphanTotals | undefined;
}

/** As many as one DeleteObjects request takes (trap 22). */
const batchSize = 1000;
const folderName = 'marks';

/**
 * A version that several obsolete snapshots name is marked for the oldest of them alone. Only under the exclusive lock.
 * @param orphans where versions are marked too that no snapshot names
 * @throws BackupError INDEX_DAMAGED where any snapshot cannot be read, and what a listing for orphans throws
 */
export async function markVersions(
  obsolete: readonly SnapshotRow[],
  kept: readonly Manifest[],
  orphans: { scope: OrphanScope; concurrency: number } | undefined,
  dependencies: GcDependencies,
): Promise<Mark> {
  const { snapshotsDir, clock } = dependencies;
  await removeSpools(snapshotsDir, folderName);
  const id = new Date(clock.nowMs()).toISOString().replaceAll(/[-:.]/g, '');
  const file = await Spool.create<Marked>(snapshotsDir, id, folderName);
  try {
    const candidates = await fill(file, obsolete, kept, dependencies);
    const add = (batch: Orphan[]): Promise<void> => file.add([{ orphans: batch }]);
    const totals = orphans && (await markOrphans(add, orphans.scope, orphans.concurrency, dependencies));
    await file.makeDurable();
    return { id, file, candidates, orphans: totals };
  } catch (error) {
    await file.remove();
    throw error;
  }
}

async function fill(
  file: Spool<Marked>,
  obsolete: readonly SnapshotRow[],
  kept: readonly Manifest[],
  { repository, observer, signal }: GcDependencies,
): Promise<number> {
  const others = [...kept];
  let candidates = 0;
  for (const { name } of obsolete) {
    const manifest = await repository.read(name);
    for await (const entries of candidatesOf(manifest, others, repository.ranges)) {
      signal.throwIfAborted();
      for (let at = 0; at < entries.length; at += batchSize) {
        await file.add([{ snapshot: name, entries: entries.slice(at, at + batchSize) }]);
      }
      candidates += entries.length;
      observer.progress({ phase: 'marking', done: candidates, unit: 'versions' });
    }
    others.push(manifest);
  }
  return candidates;
}
