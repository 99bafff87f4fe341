/** One key's version in a snapshot. */
export interface Entry {
  key: string;
  versionId: string;
  sizeBytes: number;
  lastModifiedMs: number;
  /** Without quotes. */
  etag: string;
  storageClass: string;
}
