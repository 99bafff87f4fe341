/** Use case: removes the snapshots that the retention policy lets go, and the versions that only they name. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { isEmptyPolicy } from '../retention/policy.ts';
import { acceptHint } from '../snapshots/accept.ts';
import { decideAll, seriesOf } from '../snapshots/series.ts';
import { warnOfLifecycle } from './lifecycle.ts';
import type { GcDependencies, GcOptions, KeptSnapshot } from './options.ts';
import { removeSnapshots, type Choice, type GcResult } from './remove-snapshots.ts';

export type { GcResult } from './remove-snapshots.ts';

/**
 * Versions that could not be deleted are in the result; their snapshots stay in state `deleting`.
 * @throws BackupError REFUSED for an empty policy or a flagged newest snapshot, and what `removeSnapshots` throws
 */
export async function collectGarbage(options: GcOptions, dependencies: GcDependencies): Promise<GcResult> {
  const choose = async (): Promise<Choice> => {
    refuseEmptyPolicy(options);
    await warnOfLifecycle(dependencies);
    const choice = await decide(options, dependencies);
    if (!options.force) refuseFlagged(choice, dependencies);
    return choice;
  };
  return removeSnapshots('gc', choose, options, dependencies);
}

function refuseEmptyPolicy({ policy }: GcOptions): void {
  if (!isEmptyPolicy(policy)) return;
  throw new BackupError('REFUSED', 'There is no retention policy, so no snapshot is obsolete.', {
    hint: 'Set RetentionPolicy in the configuration, for example to 30 (days).',
  });
}

/** While the newest snapshot of all is flagged, or the newest of a series that would lose one which names anything (trap 28). */
function refuseFlagged({ obsolete }: Choice, { repository, bucket }: GcDependencies): void {
  const rows = repository.list(bucket.name);
  const isLoss = ({ name, keys }: SnapshotRow): boolean => keys > 0 && isOneOf(obsolete, name);
  const losing = seriesOf(rows).filter((series) => series.some(isLoss));
  for (const newest of [rows, ...losing].map((series) => series.at(-1))) {
    if (newest === undefined || newest.flags.length === 0) continue;
    throw new BackupError(
      'REFUSED',
      `The newest snapshot, ${newest.name}, is flagged (${newest.flags.join(', ')}): its listing may have missed most of the bucket.`,
      { hint: `${acceptHint(newest)} "gc --force" runs all the same.` },
    );
  }
}

function isOneOf(rows: readonly SnapshotRow[], name: string): boolean {
  return rows.some((row) => row.name === name);
}

async function decide(
  { policy, minimumRedundancy }: GcOptions,
  { repository, bucket }: GcDependencies,
): Promise<Choice> {
  const rows = repository.list(bucket.name);
  // The server's clock: a local one that is off must not make snapshots look old (trap 4).
  const verdicts = decideAll(rows, { policy, minimumRedundancy, nowMs: await bucket.serverTimeMs() });
  const obsolete: SnapshotRow[] = [];
  const kept: KeptSnapshot[] = [];
  for (const row of rows) {
    const verdict = verdicts.get(row.name);
    if (verdict?.verdict === 'remove') obsolete.push(row);
    else kept.push({ row, reasons: verdict?.reasons ?? [] });
  }
  return { obsolete, kept };
}
