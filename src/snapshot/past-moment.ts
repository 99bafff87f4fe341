/** What a snapshot of a past moment cannot show: gc deletes what only the snapshots that it removes name. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Logger } from '../log/logger.ts';

/**
 * What is current at the newest snapshot or later is not deleted; between older ones nobody knows what was, for what was
 * removed leaves no trace. So it warns, whether there was a gc or not. Not seen is the removal of one that was the newest.
 * @param rows all snapshots of the bucket: one of a prefix can have taken keys of another one along
 */
export function warnOfRemoved(rows: readonly SnapshotRow[], asOfMs: number, log: Logger): void {
  const newer = rows.findLast(({ state, asOf }) => state === 'deleting' || Date.parse(asOf) > asOfMs);
  if (newer === undefined) return;
  log.warn(
    'this moment lies before a snapshot that there is: versions that gc or delete-snapshot has deleted since are not in this one, which can then be a state that never was',
    { asOf: new Date(asOfMs).toISOString(), newer: newer.name },
  );
}
