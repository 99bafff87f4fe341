/** Mark: the versions that obsolete snapshots name and no kept one does, written to a file before anything is deleted. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Entry } from '../index/entry.ts';
import { versionsNamedOnlyBy } from '../snapshots/named-only.ts';
import { Spool } from '../spool.ts';
import type { GcDependencies, KeptSnapshot } from './options.ts';

/** Versions of one obsolete snapshot, by key, no key twice. */
export interface MarkedVersions {
  snapshot: string;
  entries: Entry[];
}

/** As many as one DeleteObjects request takes (trap 22). */
const batchSize = 1000;

export interface Mark {
  file: Spool<MarkedVersions>;
  candidates: number;
}

/**
 * A version that several obsolete snapshots name is marked for the oldest of them alone.
 * @throws BackupError INDEX_DAMAGED where any snapshot cannot be read
 */
export async function markVersions(
  obsolete: readonly SnapshotRow[],
  kept: readonly KeptSnapshot[],
  { repository, snapshotsDir, clock, observer, signal }: GcDependencies,
): Promise<Mark> {
  const file = await Spool.create<MarkedVersions>(snapshotsDir, `gc-${process.pid}-${clock.nowMs()}`);
  try {
    const others = kept.map(({ row }) => row.name);
    let candidates = 0;
    for (const row of obsolete) {
      for await (const entries of versionsNamedOnlyBy(row.name, others, repository)) {
        signal.throwIfAborted();
        for (let at = 0; at < entries.length; at += batchSize) {
          await file.add([{ snapshot: row.name, entries: entries.slice(at, at + batchSize) }]);
        }
        candidates += entries.length;
        observer.progress({ phase: 'marking', done: candidates, unit: 'versions' });
      }
      others.push(row.name);
    }
    await file.flush();
    return { file, candidates };
  } catch (error) {
    await file.remove();
    throw error;
  }
}
