/** How users name a snapshot: its name, a unique beginning of it, `latest`, or `@TIME`. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';

/** The tag of snapshots that a restore takes of its destination, with the name of what it restores. */
export const UNDO_TAG = 'before-restore-of';

/**
 * @param rows the oldest first
 * @param parseTime turns the text after `@` into milliseconds since the epoch
 * @throws BackupError SNAPSHOT_UNKNOWN, SNAPSHOT_AMBIGUOUS; what `parseTime` throws
 */
export function findSnapshot(
  rows: readonly SnapshotRow[],
  reference: string,
  parseTime: (text: string) => number,
): SnapshotRow {
  const exact = rows.find((row) => row.name === reference);
  if (exact !== undefined) return exact;
  // What a restore took before it changed anything holds the damage: only its name names it.
  const usual = rows.filter((row) => !(UNDO_TAG in row.tags));
  if (reference === 'latest') return orUnknown(usual.at(-1), 'There is no snapshot yet.', rows);
  if (reference.startsWith('@')) {
    const timeMs = parseTime(reference.slice(1));
    const newest = usual.findLast((row) => Date.parse(row.asOf) <= timeMs);
    return orUnknown(newest, `No snapshot is as old as ${new Date(timeMs).toISOString()}.`, rows);
  }
  const matches = reference === '' ? [] : rows.filter((row) => row.name.startsWith(reference));
  if (matches.length > 1) throw ambiguous(reference, matches);
  return orUnknown(matches[0], `There is no snapshot "${reference}".`, rows);
}

function orUnknown(row: SnapshotRow | undefined, message: string, rows: readonly SnapshotRow[]): SnapshotRow {
  if (row !== undefined) return row;
  const oldest = rows[0];
  const newest = rows.at(-1);
  const extent =
    oldest === undefined || newest === undefined
      ? 'Take one with "backup-my-bucket snapshot".'
      : `There are ${rows.length}, from ${oldest.name} to ${newest.name}; "backup-my-bucket list-snapshots" shows them.`;
  throw new BackupError('SNAPSHOT_UNKNOWN', message, { hint: extent });
}

function ambiguous(reference: string, matches: readonly SnapshotRow[]): BackupError {
  const shown = matches.slice(0, 5).map((row) => row.name);
  const more = matches.length > shown.length ? `, and ${matches.length - shown.length} more` : '';
  return new BackupError(
    'SNAPSHOT_AMBIGUOUS',
    `"${reference}" begins the names of ${matches.length} snapshots.`,
    {
      hint: `Give more of the name: ${shown.join(', ')}${more}.`,
    },
  );
}
