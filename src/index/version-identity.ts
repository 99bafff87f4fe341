/** Whether two entries of a key name the same object version. */
import type { Entry } from './entry.ts';

/** The id of versions from before versioning or while it was suspended: overwritten in place under that id (trap 6). */
export const NULL_VERSION_ID = 'null';

/**
 * True where both name the same version: the same id, and for `null` ids also the same etag, size and time
 * (trap 6). Never decided by the etag alone: a rewrite of the metadata has the etag of its forerunner (trap 14).
 */
export function isSameVersion(a: Entry, b: Entry): boolean {
  if (a.versionId !== b.versionId) return false;
  if (a.versionId !== NULL_VERSION_ID) return true;
  return a.etag === b.etag && a.sizeBytes === b.sizeBytes && a.lastModifiedMs === b.lastModifiedMs;
}
