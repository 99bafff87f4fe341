/** `x-amz-restore: ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"` (RestoreObject in the S3 API reference). */

export interface ThawState {
  /** The thaw is still under way; the content cannot be read yet. */
  ongoing: boolean;
  /** Until when the thawed copy can be read. */
  expiresMs?: number;
}

/** Undefined where the header is none of the two documented forms. */
export function parseRestoreHeader(header: string): ThawState | undefined {
  const ongoing = /ongoing-request="(true|false)"/.exec(header)?.[1];
  if (ongoing === undefined) return undefined;
  const expiresMs = Date.parse(/expiry-date="([^"]+)"/.exec(header)?.[1] ?? '');
  return { ongoing: ongoing === 'true', ...(Number.isNaN(expiresMs) ? {} : { expiresMs }) };
}
