import { stat } from 'node:fs/promises';
import { systemErrorCode } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

/**
 * Warns of root at work in the folder of another user, as where the service of a package has its own: files and folders that root
 * makes there stop the next run of that user.
 * @param uid of the user that runs this; undefined where there are no users
 */
export async function warnOfForeignFolder(
  folder: string,
  uid: number | undefined,
  log: Logger,
): Promise<void> {
  if (uid !== 0) return;
  const owner = await ownerOf(folder);
  if (owner === undefined || owner === 0) return;
  log.warn(
    'this runs as root in the folder of another user: what root writes there, that user cannot change. Run commands as that user, with "runuser -u USER --"',
    { folder, owner },
  );
}

/** Undefined where the folder cannot be looked at: whoever opens it says why. */
async function ownerOf(folder: string): Promise<number | undefined> {
  try {
    return (await stat(folder)).uid;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
