/** A deletion of most of what the snapshots name is rarely meant: a policy with a slip, a clock that is off. It is asked about. */
import { BackupError } from '../errors.ts';
import { versionsNamedOnlyBy } from '../snapshots/named-only.ts';
import type { DeletionShare, GcDependencies, KeptSnapshot } from './options.ts';
import type { OrphanTotals } from './orphans/find.ts';

/**
 * Asks where more would be deleted than stays.
 * @param candidates versions that obsolete snapshots name and no kept one does
 * @throws BackupError REFUSED where the answer is no
 */
export async function confirmShare(
  candidates: number,
  kept: readonly KeptSnapshot[],
  confirm: (share: DeletionShare) => Promise<boolean>,
  dependencies: GcDependencies,
): Promise<void> {
  const keptVersions = await countVersions(candidates, kept, dependencies);
  if (candidates <= keptVersions) return;
  const share: DeletionShare = { of: 'named', versions: candidates, kept: keptVersions };
  if (await confirm(share)) return;
  throw new BackupError(
    'REFUSED',
    `gc would delete up to ${candidates} of the ${candidates + keptVersions} versions that snapshots name: more than half.`,
    { hint: 'Look at "gc --dry-run" and "list-snapshots". If it is meant, run gc with --yes.' },
  );
}

/**
 * Asks where more than half of the bucket would be deleted as orphans.
 * @throws BackupError REFUSED where the answer is no
 */
export async function confirmOrphanShare(
  { listed, orphans }: OrphanTotals,
  confirm: (share: DeletionShare) => Promise<boolean>,
): Promise<void> {
  if (orphans <= listed - orphans) return;
  if (await confirm({ of: 'listed', versions: orphans, kept: listed - orphans })) return;
  throw new BackupError(
    'REFUSED',
    `gc would delete up to ${orphans} of the ${listed} versions and delete markers in the bucket as orphans: more than half.`,
    { hint: 'Look at "gc --orphans --dry-run". If it is meant, run gc with --yes.' },
  );
}

/** How many versions the snapshots name together, but no further than to `enough`: one snapshot alone often has as many. */
async function countVersions(
  enough: number,
  kept: readonly KeptSnapshot[],
  { repository, signal }: GcDependencies,
): Promise<number> {
  const largestFirst = kept.map(({ row }) => row).toSorted((a, b) => b.keys - a.keys);
  const counted: string[] = [];
  let versions = 0;
  for (const { name, keys } of largestFirst) {
    if (versions >= enough) break;
    if (counted.length === 0) versions += keys;
    else {
      for await (const entries of versionsNamedOnlyBy(name, counted, repository)) {
        signal.throwIfAborted();
        versions += entries.length;
      }
    }
    counted.push(name);
  }
  return versions;
}
