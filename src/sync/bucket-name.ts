import { basename } from 'node:path';
import { BackupError } from '../errors.ts';

/**
 * The name of the bucket of a folder: what a bucket name cannot hold becomes a dash (S3 User Guide, "General purpose bucket naming rules").
 * @param pattern with `{folder}` in it
 * @throws BackupError REFUSED where no name comes out: it stands against that folder alone
 */
export function bucketNameFor(pattern: string, folder: string): string {
  const own = basename(folder)
    .replace(/[^A-Za-z0-9]/g, '-')
    .toLowerCase();
  const name = pattern.replace('{folder}', own);
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return name;
  throw new BackupError(
    'REFUSED',
    `"${name}" for the folder ${folder} is not the name of a bucket, so nothing of it was brought.`,
    {
      hint: 'Bucket names have 3 to 63 small letters, digits and dashes: rename the folder, or change BucketPerFolder.',
    },
  );
}
