import type { BackupError } from '../errors.ts';

/** S3's or the system's own name of the error beneath, for reports per key. */
export function s3NameOf(error: BackupError): string {
  return error.cause instanceof Error ? error.cause.name : error.code;
}
