/** What can be wrong on this machine: the configuration file, and the folder of the snapshots. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { fail, pass, warn, type Check } from './check.ts';

/** Below that a snapshot of a large bucket may not find room. */
const littleSpaceBytes = 1024 ** 3;

/**
 * @param uid of the user that runs this; undefined where there are no users. One that is not the file's owner reads it as a member
 * of its group, as the service of a package does: then the group has to read it.
 */
export async function checkConfigFile(
  path: string,
  holdsSecrets: boolean,
  uid: number | undefined,
): Promise<Check[]> {
  const id = 'config-file';
  const { mode, uid: owner } = await stat(path);
  const hint = `chmod 600 ${path}`;
  if (!holdsSecrets) return [pass(id, `${path} holds no secrets.`)];
  if ((mode & constants.S_IROTH) !== 0)
    return [fail(id, `${path} holds secrets, and every user can read it.`, hint)];
  if ((mode & constants.S_IRGRP) !== 0) {
    if (owner !== uid)
      return [pass(id, `${path} holds secrets, and only its owner and its group can read it.`)];
    const unless = `${hint}, unless the commands run as a user of that group`;
    return [warn(id, `${path} holds secrets, and its group can read it.`, unless)];
  }
  return [pass(id, `${path} holds secrets, and only its owner can read it.`)];
}

/** @returns also whether there is a folder to look into */
export async function checkSnapshotsDir(snapshotsDir: string): Promise<{ checks: Check[]; exists: boolean }> {
  const id = 'snapshots-dir';
  const { R_OK, W_OK, X_OK } = constants;
  try {
    await access(snapshotsDir, R_OK | W_OK | X_OK);
    return {
      checks: [pass(id, `${snapshotsDir} can be read and written.`), await checkSpace(snapshotsDir)],
      exists: true,
    };
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      const message = `${snapshotsDir} cannot be read and written (${systemErrorCode(error)}).`;
      const hint = 'Give the user that runs the commands read and write access to the folder.';
      return { checks: [fail(id, message, hint)], exists: false };
    }
  }
  const parent = dirname(snapshotsDir);
  const isReady = await access(parent, W_OK | X_OK).then(
    () => true,
    () => false,
  );
  const check = isReady
    ? warn(
        id,
        `${snapshotsDir} does not exist yet.`,
        'The first snapshot makes it. If there were snapshots, mount its disk.',
      )
    : fail(
        id,
        `${snapshotsDir} does not exist, and cannot be made in ${parent}.`,
        'Check SnapshotsDir in the configuration, and that its disk is mounted.',
      );
  return { checks: [check], exists: false };
}

async function checkSpace(snapshotsDir: string): Promise<Check> {
  const { bavail, bsize } = await statfs(snapshotsDir);
  const freeBytes = bavail * bsize;
  const message = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free for snapshots.`;
  if (freeBytes >= littleSpaceBytes) return pass('free-space', message);
  return warn(
    'free-space',
    message,
    'Free some space there: a snapshot of 10 million keys can take half a GiB.',
  );
}
