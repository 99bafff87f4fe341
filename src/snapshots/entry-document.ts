import type { Entry } from '../index/entry.ts';

/** An entry in JSON results; the fields are those of an entry line (docs/formats.md). */
export interface VersionDocument {
  versionId: string;
  /** Bytes. */
  size: number;
  /** ISO 8601, UTC. */
  lastModified: string;
  etag: string;
  storageClass: string;
}

export function versionDocument(entry: Entry): VersionDocument {
  return {
    versionId: entry.versionId,
    size: entry.sizeBytes,
    lastModified: new Date(entry.lastModifiedMs).toISOString(),
    etag: entry.etag,
    storageClass: entry.storageClass,
  };
}
