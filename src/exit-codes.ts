import type { ErrorCode } from './errors.ts';

/** The one table from error codes to exit codes; what each exit code means stands in docs/reference.md. */
export const exitCodes: Record<ErrorCode, number> = {
  FAILED: 1,
  INDEX_DAMAGED: 1,
  CATALOGUE_DAMAGED: 1,
  SNAPSHOTS_DIR: 1,
  ACCESS_DENIED: 1,
  BUCKET_MISSING: 1,
  BUCKET_UNVERSIONED: 1,
  CREDENTIALS: 1,
  S3_UNREACHABLE: 1,
  S3_FAILED: 1,
  LISTING_INVALID: 1,
  USAGE: 2,
  CONFIG_INVALID: 2,
  CONFIG_NOT_FOUND: 2,
  SNAPSHOT_UNKNOWN: 2,
  SNAPSHOT_AMBIGUOUS: 2,
  PARTIAL: 3,
  REFUSED: 4,
  LOCKED: 5,
  THAWING: 75,
  INTERRUPTED: 130,
  TERMINATED: 143,
};

/** From the least to the most that somebody has to do. A set that failed must not hide behind one that only has to wait. */
const bySeverity = [
  0,
  exitCodes.THAWING,
  exitCodes.LOCKED,
  exitCodes.PARTIAL,
  exitCodes.REFUSED,
  exitCodes.USAGE,
];

/** Of two sets' exit codes the one that the run as a whole ends with; what is not in the order, 1 above all, is worst. */
export function worseExitCode(a: number, b: number): number {
  const severity = (code: number): number => {
    const at = bySeverity.indexOf(code);
    return at === -1 ? bySeverity.length : at;
  };
  return severity(b) > severity(a) ? b : a;
}
