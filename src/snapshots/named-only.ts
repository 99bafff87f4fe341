/**
 * Versions that one snapshot names and none of certain others does: what its removal would set free, and so what gc
 * may delete. Ranges that another one shares are skipped without being opened.
 */
import type { Entry } from '../index/entry.ts';
import { readRange } from '../index/range-entries.ts';
import { SnapshotCursor } from '../index/reader.ts';
import { isSameVersion } from '../index/version-identity.ts';
import type { SnapshotRepository } from './repository.ts';

/**
 * Batches of entries in the order of their keys.
 * @param name the snapshot
 * @param others by as-of time or any other order; those that are nearest in time to `name` are asked first
 * @throws BackupError INDEX_DAMAGED where any of them cannot be read: what it names is then unknown
 */
export async function* versionsNamedOnlyBy(
  name: string,
  others: readonly string[],
  repository: Pick<SnapshotRepository, 'manifests' | 'ranges'>,
): AsyncGenerator<Entry[]> {
  const manifest = await repository.manifests.read(name);
  const shared = new Set<string>();
  const cursors: SnapshotCursor[] = [];
  for (const other of nearestFirst(name, others)) {
    const otherManifest = await repository.manifests.read(other);
    for (const range of otherManifest.ranges) shared.add(range.hash);
    cursors.push(new SnapshotCursor(otherManifest, repository.ranges));
  }
  for (const range of manifest.ranges) {
    if (shared.has(range.hash)) continue;
    const alone: Entry[] = [];
    for (const entry of await readRange(repository.ranges, range)) {
      if (!(await isNamedByAny(entry, cursors))) alone.push(entry);
    }
    if (alone.length > 0) yield alone;
  }
}

/** Most entries are in a neighbour: asked first, it spares opening the ranges of the others. */
async function isNamedByAny(entry: Entry, cursors: readonly SnapshotCursor[]): Promise<boolean> {
  for (const cursor of cursors) {
    const other = await cursor.seek(entry.key);
    if (other !== undefined && isSameVersion(entry, other)) return true;
  }
  return false;
}

/** Names sort by as-of time; alternating outwards from `name` gives the neighbours first. */
function nearestFirst(name: string, others: readonly string[]): string[] {
  const before = others
    .filter((other) => other < name)
    .toSorted()
    .reverse();
  const after = others.filter((other) => other > name).toSorted();
  const nearest: string[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    nearest.push(...[before[i], after[i]].filter((each) => each !== undefined));
  }
  return nearest;
}
