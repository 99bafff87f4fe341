/** What users see where SnapshotsDir fails them, and where a file in it is damaged. */
import { BackupError, systemErrorCode } from '../errors.ts';

const HINTS = new Map([
  ['ENOSPC', 'Free some space there, then run again: nothing has to be undone.'],
  ['EDQUOT', 'Free some space there or raise the quota, then run again: nothing has to be undone.'],
  ['EACCES', 'Give the user that runs this the right to read and write SnapshotsDir.'],
  ['EPERM', 'Give the user that runs this the right to read and write SnapshotsDir.'],
  ['EROFS', 'The file system is mounted read-only. Mount it for writing, or choose another SnapshotsDir.'],
  ['ENOENT', 'Check that SnapshotsDir exists, and that its file system is mounted.'],
  ['ENOTDIR', 'Check that SnapshotsDir is a folder.'],
  ['EMFILE', 'Raise the limit of open files (ulimit -n), then run again.'],
  ['EEXIST', 'It is kept as it is. Choose another name, or remove it first.'],
]);

/**
 * The error of a failed file operation in SnapshotsDir.
 * @param action what was tried, as in "write", "read"
 */
export function fileError(action: string, path: string, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = HINTS.get(systemErrorCode(cause) ?? '') ?? 'Check the disk that holds SnapshotsDir.';
  return new BackupError('SNAPSHOTS_DIR', `Cannot ${action} ${path}: ${reason}`, { hint, cause });
}

/** Runs a file operation; what it throws becomes a `fileError`. */
export async function naming<T>(action: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    throw fileError(action, path, cause);
  }
}

/** The error for a range file that is missing or does not hold what its name says. */
export function rangeDamaged(path: string, reason: string, cause?: unknown): BackupError {
  return new BackupError('INDEX_DAMAGED', `The range ${path} is damaged: ${reason}`, {
    hint:
      'Restore that file from a copy of SnapshotsDir, or choose another snapshot: ' +
      'those that do not share this range are not affected.',
    cause,
  });
}

/** The error for a manifest that is missing, damaged, or of another form. */
export function manifestDamaged(path: string, reason: string, cause?: unknown): BackupError {
  return new BackupError('INDEX_DAMAGED', `The manifest ${path} is damaged: ${reason}`, {
    hint: 'Restore that file from a copy of SnapshotsDir, or choose another snapshot: the others are not affected.',
    cause,
  });
}
