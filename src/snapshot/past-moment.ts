/** What a snapshot of a past moment cannot show: gc deletes what only the snapshots that it removes name. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Logger } from '../log/logger.ts';

const missing = 'are not in this one, which can then be a state that never was';

/**
 * What is current at the newest snapshot or later is not deleted; between older ones nobody knows what was, for what was
 * removed leaves no trace. So it warns, whether there was a gc or not. Not seen is the removal of one that was the newest.
 * @param rows all snapshots of the bucket, by as-of time: one of a prefix can have taken keys of another one along
 */
export function warnOfRemoved(
  rows: readonly SnapshotRow[],
  { prefix, asOfMs }: { prefix: string; asOfMs: number },
  log: Logger,
): void {
  const asOf = new Date(asOfMs).toISOString();
  const before = rows.filter((row) => Date.parse(row.asOf) <= asOfMs);
  const newer = rows.length > before.length ? rows.at(-1) : undefined;
  if (newer !== undefined) {
    log.warn(
      `this moment lies before a snapshot that there is: versions that gc or delete-snapshot has deleted since ${missing}`,
      { asOf, newer: newer.name },
    );
    return;
  }
  // What was current then and at this moment was so at every one between, and what a complete snapshot names is kept.
  const isKept = ({ state, prefix: of }: SnapshotRow): boolean =>
    state === 'complete' && prefix.startsWith(of);
  const mayTakeAlong = ({ state, prefix: of }: SnapshotRow): boolean =>
    state === 'deleting' && (prefix.startsWith(of) || of.startsWith(prefix));
  const deleting = before.slice(before.findLastIndex(isKept) + 1).find(mayTakeAlong);
  if (deleting === undefined) return;
  log.warn(
    `a snapshot before this moment is being deleted: versions that it alone named, and that were still current at this moment, ${missing}`,
    { asOf, deleting: deleting.name },
  );
}
