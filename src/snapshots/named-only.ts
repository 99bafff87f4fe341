/**
 * Versions that one snapshot names and none of certain others does: what its removal would set free, and so what gc
 * may delete. Ranges that another one shares are skipped without being opened. Memory holds one range of the snapshot and
 * one other at a time, however many snapshots there are.
 */
import type { Entry } from '../index/entry.ts';
import type { RangeRef } from '../index/range-ref.ts';
import { VersionLines } from '../index/version-lines.ts';
import { RangeSequence } from './range-sequence.ts';
import type { SnapshotRepository } from './repository.ts';

type Index = Pick<SnapshotRepository, 'manifests' | 'ranges'>;

/**
 * Batches of entries in the order of their keys.
 * @param name the snapshot
 * @param others by as-of time or any other order; those that are nearest in time to `name` are asked first
 * @throws BackupError INDEX_DAMAGED where any of them cannot be read: what it names is then unknown
 */
export async function* versionsNamedOnlyBy(
  name: string,
  others: readonly string[],
  repository: Index,
): AsyncGenerator<Entry[]> {
  const manifest = await repository.manifests.read(name);
  const sequences: RangeSequence[] = [];
  for (const other of nearestFirst(name, others)) {
    sequences.push(new RangeSequence(await repository.manifests.read(other)));
  }
  for (const range of manifest.ranges) {
    const beside = new Map<string, RangeRef>();
    for (const sequence of sequences) {
      for (const other of sequence.beside(range)) beside.set(other.hash, other);
    }
    if (beside.has(range.hash)) continue;
    const alone = await entriesOnlyIn(range, beside.keys(), repository);
    if (alone.length > 0) yield alone;
  }
}

/** Most entries are in a neighbour: asked first, it leaves little to look up in the others, and often nothing. */
async function entriesOnlyIn(
  range: RangeRef,
  others: Iterable<string>,
  { ranges }: Pick<Index, 'ranges'>,
): Promise<Entry[]> {
  const lines = new VersionLines(await ranges.read(range.hash));
  for (const other of others) {
    if (lines.isEmpty) break;
    lines.subtract(await ranges.read(other));
  }
  return lines.entries(ranges.pathOf(range.hash));
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
