/** The RestoreStatus element that a listing gives when it is asked for it (trap 20). */
import type { ListedFields } from '../model/version.ts';

export function thawStatus(version: ListedFields, nowMs: number): string {
  const { thaw } = version;
  if (thaw === undefined || nowMs >= thaw.expiryMs) return '';
  const expiry =
    nowMs < thaw.readyMs
      ? ''
      : `<RestoreExpiryDate>${new Date(thaw.expiryMs).toISOString()}</RestoreExpiryDate>`;
  return `<RestoreStatus><IsRestoreInProgress>${nowMs < thaw.readyMs}</IsRestoreInProgress>${expiry}</RestoreStatus>`;
}
