/**
 * What each snapshot alone holds: the bytes of the versions that the snapshots beside it do not name. It changes only
 * when one of those comes or goes, so it is computed then and kept in the catalogue, where listing finds it.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { errorText } from '../log/error-text.ts';
import type { Logger } from '../log/logger.ts';
import { versionsNamedOnlyBy } from './named-only.ts';
import type { SnapshotRepository } from './repository.ts';

/**
 * Computes what is out of date for a bucket. What cannot be computed, as beside a snapshot that is damaged, stays unknown, with a
 * warning: what this comes after is done, and not to be reported as failed.
 */
export async function refreshExclusiveBytes(
  repository: SnapshotRepository,
  bucket: string,
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<void> {
  const tell = (error: unknown, about: { snapshot?: string } = {}): void => {
    if (!(error instanceof BackupError) && !signal.aborted) throw error;
    log.warn('what a snapshot alone holds is not known', { ...about, error: errorText(error) });
  };
  try {
    const rows = repository.list(bucket).filter((row) => row.state === 'complete');
    for (const [index, row] of rows.entries()) {
      signal.throwIfAborted();
      await refresh(row, neighboursOf(index, rows), repository, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        tell(error, { snapshot: row.name });
      });
    }
  } catch (error) {
    tell(error);
  }
}

async function refresh(
  row: SnapshotRow,
  neighbours: readonly string[],
  repository: SnapshotRepository,
  signal: AbortSignal,
): Promise<void> {
  const between = neighbours.join(' ');
  if (row.exclusiveBetween === between) return;
  const bytes =
    neighbours.length === 0 ? row.bytes : await sumNamedOnlyBy(row.name, neighbours, repository, signal);
  repository.catalogue.setExclusive(row.name, bytes, between);
}

async function sumNamedOnlyBy(
  name: string,
  neighbours: readonly string[],
  repository: SnapshotRepository,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  for await (const entries of versionsNamedOnlyBy(name, neighbours, repository)) {
    signal.throwIfAborted();
    for (const entry of entries) bytes += entry.sizeBytes;
  }
  return bytes;
}

/** `exclusiveBytes` of each row where it is up to date, by name. */
export function currentExclusiveBytes(rows: readonly SnapshotRow[]): Map<string, number> {
  const complete = rows.filter((row) => row.state === 'complete');
  const current = new Map<string, number>();
  for (const [index, row] of complete.entries()) {
    if (row.exclusiveBytes === undefined) continue;
    if (row.exclusiveBetween === neighboursOf(index, complete).join(' '))
      current.set(row.name, row.exclusiveBytes);
  }
  return current;
}

/** The nearest snapshots before and after it that cover all of its keys. */
function neighboursOf(index: number, rows: readonly SnapshotRow[]): string[] {
  const prefix = rows[index]?.prefix ?? '';
  const nearest = (step: 1 | -1): string | undefined => {
    let at = index + step;
    while (rows[at] !== undefined && !prefix.startsWith(rows[at]?.prefix ?? '')) at += step;
    return rows[at]?.name;
  };
  return [nearest(-1), nearest(1)].filter((name) => name !== undefined);
}
