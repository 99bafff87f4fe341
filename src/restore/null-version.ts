import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import type { RestoreSource } from './bucket.ts';

/**
 * A `null` version is overwritten in place under its id: it must still be the one of the snapshot (trap 6).
 * @throws BackupError FAILED where it is not
 */
export async function checkNullVersion(entry: Entry, source: RestoreSource): Promise<void> {
  if (entry.versionId !== NULL_VERSION_ID) return;
  const present = await source.head(entry.key, entry.versionId);
  const isUnchanged =
    present.etag === entry.etag &&
    present.sizeBytes === entry.sizeBytes &&
    Math.floor(present.lastModifiedMs / 1000) === Math.floor(entry.lastModifiedMs / 1000);
  if (isUnchanged) return;
  throw new BackupError(
    'FAILED',
    `The unversioned object ${JSON.stringify(entry.key)} was overwritten since.`,
    {
      hint: 'What the snapshot names is gone. It was written while versioning was off or suspended.',
    },
  );
}
