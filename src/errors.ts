/**
 * The one error class that users see. Rules:
 * - `code` is stable and decides the exit code (exit-codes.ts); scripts match on it.
 * - `message` says what happened and names the thing: bucket, key, file, field.
 * - `hint` says what to do next.
 * - `cause` keeps the error beneath. None of the three ever holds a secret.
 * Everything else that is thrown is a fault of this program and is shown with its stack.
 */
export type ErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'CONFIG_NOT_FOUND'
  | 'SNAPSHOT_UNKNOWN'
  | 'SNAPSHOT_AMBIGUOUS'
  | 'SNAPSHOTS_DIR'
  | 'INDEX_DAMAGED'
  | 'CATALOGUE_DAMAGED'
  | 'BUCKET_MISSING'
  | 'BUCKET_UNVERSIONED'
  | 'CREDENTIALS'
  | 'ACCESS_DENIED'
  | 'S3_UNREACHABLE'
  | 'S3_FAILED'
  | 'LISTING_INVALID'
  | 'REFUSED'
  | 'LOCKED'
  | 'PARTIAL'
  | 'THAWING'
  | 'INTERRUPTED'
  | 'TERMINATED'
  | 'FAILED';

export interface BackupErrorOptions {
  hint?: string;
  cause?: unknown;
}

export class BackupError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: BackupErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BackupError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The operating system's code of an error (`ENOENT`, `EACCES`, …), if it has one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
