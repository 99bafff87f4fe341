/** The snapshot that a restore takes of its destination first, so that it can itself be restored from. */
import type { BackupSet } from '../config/config.ts';
import type { Bucket } from '../s3/open-bucket.ts';
import { takeSnapshot } from '../snapshot/take-snapshot.ts';
import { UNDO_TAG } from '../snapshots/reference.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { Context } from './context.ts';

interface UndoPointOf {
  set: BackupSet;
  /** The snapshot that is about to be restored. */
  restored: string;
  destination: Bucket;
  concurrency: number;
  repository: SnapshotRepository;
}

/**
 * @param prefix of the destination's keys
 * @returns the snapshot's name; undefined where there can be none, which the log explains
 * @throws as `takeSnapshot`
 */
export async function takeUndoPoint(
  { set, restored, destination, concurrency, repository }: UndoPointOf,
  prefix: string,
  { clock, observer, signal }: Context,
): Promise<string | undefined> {
  const isOfSet = [set.master, set.slave].some(
    ({ bucket, endpoint = '' }) => bucket === destination.name && endpoint === destination.endpoint,
  );
  if (!isOfSet || (await destination.versioning()) !== 'enabled') {
    const reason = isOfSet ? 'its versioning is not on' : 'it is neither master nor slave of the set';
    observer.log.info('no undo point is taken of the destination', { bucket: destination.name, reason });
    return undefined;
  }
  const { snapshot } = await takeSnapshot(
    {
      set: set.name,
      prefix,
      tags: { [UNDO_TAG]: restored },
      note: `before the restore of ${restored}`,
      hold: false,
      concurrency,
      resume: false,
    },
    { repository, bucket: destination, clock, observer, signal },
  );
  return snapshot;
}
