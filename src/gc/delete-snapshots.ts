/** Use case: removes chosen snapshots, and the versions that only they name, as gc removes obsolete ones. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { countingRows, seriesOf } from '../snapshots/series.ts';
import type { GcDependencies, RemovalOptions } from './options.ts';
import { removeSnapshots, type Choice, type GcResult } from './remove-snapshots.ts';

export interface DeleteSnapshotsOptions extends RemovalOptions {
  /** Of snapshots that exist. */
  names: readonly string[];
  minimumRedundancy: number;
  /** Below the minimum redundancy too. */
  force: boolean;
}

/**
 * Every other snapshot counts as kept, also one that gc would remove: only what was chosen goes.
 * @throws BackupError REFUSED for held ones, and where fewer would be left than the minimum redundancy; SNAPSHOT_UNKNOWN for one
 * that is gone by now; and what `removeSnapshots` throws
 */
export async function deleteSnapshots(
  options: DeleteSnapshotsOptions,
  dependencies: GcDependencies,
): Promise<GcResult> {
  const { repository, bucket } = dependencies;
  const choose = async (): Promise<Choice> => {
    const rows = repository.list(bucket.name);
    const obsolete = rows.filter((row) => options.names.includes(row.name));
    refuseVanished(options.names, obsolete);
    refuseHeld(obsolete);
    if (!options.force) {
      refuseBelowMinimum(rows, obsolete, options.minimumRedundancy, await bucket.serverTimeMs());
    }
    const kept = rows.filter((row) => !obsolete.includes(row));
    return { obsolete, kept: kept.map((row) => ({ row, reasons: [reasonOf(row)] })) };
  };
  return removeSnapshots('delete-snapshot', choose, options, dependencies);
}

function reasonOf({ state }: SnapshotRow): string {
  return state === 'deleting' ? 'not chosen; the next gc ends its deletion' : 'not chosen';
}

function refuseVanished(names: readonly string[], found: readonly SnapshotRow[]): void {
  const vanished = names.find((name) => !found.some((row) => row.name === name));
  if (vanished === undefined) return;
  throw new BackupError('SNAPSHOT_UNKNOWN', `Snapshot ${vanished} is gone: another run removed it.`, {
    hint: 'Look at "backup-my-bucket list-snapshots", and run the command again with those that are left.',
  });
}

function refuseHeld(chosen: readonly SnapshotRow[]): void {
  const held = chosen.filter((row) => row.held).map((row) => row.name);
  if (held.length === 0) return;
  throw new BackupError('REFUSED', `Held: ${held.join(', ')}. What is held is not deleted.`, {
    hint: `Nothing was touched. "backup-my-bucket release ${held.join(' ')}" lets go of it.`,
  });
}

/** Each series by itself, as retention judges them: other prefixes do not stand in for what is deleted (trap 28). */
function refuseBelowMinimum(
  rows: readonly SnapshotRow[],
  chosen: readonly SnapshotRow[],
  minimumRedundancy: number,
  nowMs: number,
): void {
  const minimum = Math.max(1, minimumRedundancy);
  for (const series of seriesOf(rows)) {
    const counting = countingRows(series, nowMs);
    const left = counting.filter((row) => !chosen.includes(row)).length;
    if (left === counting.length || left >= minimum) continue;
    const prefix = series[0]?.prefix ?? '';
    const whose = prefix === '' ? 'of the whole bucket' : `of prefix "${prefix}"`;
    throw new BackupError(
      'REFUSED',
      `Only ${left} complete snapshots ${whose} would be left; the minimum redundancy is ${minimum}.`,
      { hint: 'Take snapshots first, choose fewer, or add --force.' },
    );
  }
}
