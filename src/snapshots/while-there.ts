/**
 * For looking into snapshots without a lock: a pager that is left open over night must not keep gc away. So gc can remove a
 * snapshot that is being read. Its manifest goes before its ranges: a range that is missing while the manifest is gone
 * is no damage.
 */
import { BackupError } from '../errors.ts';
import type { ManifestStore } from '../index/manifest-store.ts';

interface Manifests {
  manifests: Pick<ManifestStore, 'list'>;
}

/** What `source` yields. @throws BackupError SNAPSHOT_UNKNOWN where a snapshot was removed meanwhile, else as `source` */
export async function* whileThere<T>(
  names: readonly string[],
  repository: Manifests,
  source: AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw (await removedMeanwhile(names, repository, error)) ?? error;
  }
}

/** The error to show instead, where `error` comes from the removal of one of these snapshots. */
export async function removedMeanwhile(
  names: readonly string[],
  { manifests }: Manifests,
  error: unknown,
): Promise<BackupError | undefined> {
  if (!(error instanceof BackupError) || error.code !== 'INDEX_DAMAGED') return undefined;
  const present = new Set(await manifests.list());
  const removed = names.find((name) => !present.has(name));
  if (removed === undefined) return undefined;
  return new BackupError('SNAPSHOT_UNKNOWN', `Snapshot ${removed} is not there any more.`, {
    hint: 'gc or delete-snapshot removed it, or its manifest is lost; "backup-my-bucket list-snapshots" shows which ones there are.',
    cause: error,
  });
}
