/** What orphans are told by: which keys the snapshots that stay cover, and what all snapshots name. */
import type { Manifest } from '../../index/manifest.ts';
import { countingRows } from '../../snapshots/series.ts';
import type { SnapshotRow } from '../../catalogue/catalogue.ts';
import type { GcDependencies } from '../options.ts';
import type { SafetyMargins } from '../safety.ts';
import { Coverage } from './coverage.ts';
import { NamedVersions } from './named.ts';

export interface OrphanScope {
  coverage: Coverage;
  named: NamedVersions;
}

/**
 * @param keptRows snapshots that stay, and `keptManifests` theirs
 * @param obsolete snapshots that go: what they name is no orphan as long as they are there
 * @throws BackupError INDEX_DAMAGED where a manifest cannot be read
 */
export async function orphanScope(
  keptRows: readonly SnapshotRow[],
  keptManifests: readonly Manifest[],
  obsolete: readonly SnapshotRow[],
  margins: SafetyMargins,
  { repository, bucket, observer }: GcDependencies,
): Promise<OrphanScope> {
  const nowMs = await bucket.serverTimeMs();
  const counting = new Set(countingRows(keptRows, nowMs).map(({ name }) => name));
  // One of another store that had a bucket of this name says nothing of this one.
  const covering = keptManifests.filter(
    ({ snapshot, endpoint = '' }) => counting.has(snapshot) && endpoint === bucket.endpoint,
  );
  if (covering.length === 0) {
    observer.log.warn('no complete snapshot of this bucket covers any key: nothing can be called an orphan', {
      bucket: bucket.name,
    });
  }
  const all = [...keptManifests];
  for (const { name } of obsolete) all.push(await repository.read(name));
  return {
    coverage: new Coverage(covering, all, margins, nowMs),
    named: new NamedVersions(all, repository.ranges),
  };
}
