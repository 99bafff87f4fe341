import type { Entry } from '../index/entry.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';

/** What a journal calls the version that an entry names: its id, and of a `null` version what tells it from the next (trap 6). */
export function sourceIdentity(entry: Entry): string {
  if (entry.versionId !== NULL_VERSION_ID) return entry.versionId;
  return `${NULL_VERSION_ID} ${entry.etag} ${entry.sizeBytes} ${entry.lastModifiedMs}`;
}
