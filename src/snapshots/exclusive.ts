/**
 * What each snapshot alone holds: the bytes of the versions that the snapshots beside it do not name. It changes only
 * when one of those comes or goes, so it is computed then and kept in the catalogue, where listing finds it.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { versionsNamedOnlyBy } from './named-only.ts';
import type { SnapshotRepository } from './repository.ts';

/** Computes what is out of date for a bucket. */
export async function refreshExclusiveBytes(
  repository: SnapshotRepository,
  bucket: string,
  signal: AbortSignal,
): Promise<void> {
  const rows = repository.list(bucket).filter((row) => row.state === 'complete');
  for (const row of rows) {
    const neighbours = neighboursOf(row, rows);
    const between = neighbours.join(' ');
    if (row.exclusiveBetween === between) continue;
    let bytes = 0;
    for await (const entries of versionsNamedOnlyBy(row.name, neighbours, repository)) {
      signal.throwIfAborted();
      for (const entry of entries) bytes += entry.sizeBytes;
    }
    repository.catalogue.setExclusive(row.name, bytes, between);
  }
}

/** `exclusiveBytes` of each row where it is up to date, by name. */
export function currentExclusiveBytes(rows: readonly SnapshotRow[]): Map<string, number> {
  const complete = rows.filter((row) => row.state === 'complete');
  const current = new Map<string, number>();
  for (const row of complete) {
    if (row.exclusiveBytes === undefined) continue;
    if (row.exclusiveBetween === neighboursOf(row, complete).join(' '))
      current.set(row.name, row.exclusiveBytes);
  }
  return current;
}

/** The nearest snapshots before and after it that cover all of its keys. */
function neighboursOf(row: SnapshotRow, rows: readonly SnapshotRow[]): string[] {
  const index = rows.findIndex((other) => other.name === row.name);
  const covers = (other: SnapshotRow): boolean => row.prefix.startsWith(other.prefix);
  const before = rows.slice(0, index).findLast(covers);
  const after = rows.slice(index + 1).find(covers);
  return [before, after].filter((other) => other !== undefined).map((other) => other.name);
}
