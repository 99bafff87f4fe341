/** What makes a version that version: its id, and for `null` versions, which are overwritten in place, what they are too (trap 6). */
export interface Identified {
  key: string;
  versionId: string;
  etag: string;
  sizeBytes: number;
  lastModifiedMs: number;
}

export function identityOf({ key, versionId, etag, sizeBytes, lastModifiedMs }: Identified): string {
  if (versionId !== 'null') return `${key} ${versionId}`;
  return `${key} null ${etag} ${sizeBytes} ${Math.floor(lastModifiedMs / 1000)}`;
}
