/** Replaces the configuration file as a whole: a crash leaves the old one or the new one. Mode and owner stay, and a copy of the old one. */
import { constants } from 'node:fs';
import { copyFile, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';

/**
 * @param copySuffix of the copy's name, which must be new
 * @param check is given the path of the new file before it replaces the old one; what it throws leaves that as it was
 * @returns the path of the copy
 * @throws BackupError CONFIG_INVALID where the folder cannot be written, and what `check` throws
 */
export async function replaceConfigFile(
  path: string,
  text: string,
  copySuffix: string,
  check: (path: string) => Promise<void>,
): Promise<string> {
  // A link to the file stays a link.
  const real = await realpath(path);
  const temporary = `${real}.new`;
  const copy = `${real}.${copySuffix}`;
  try {
    await writeLike(real, temporary, text);
    await check(temporary);
    await copyFile(real, copy, constants.COPYFILE_EXCL);
    const { mode, uid, gid } = await stat(real);
    await settle(copy, mode, uid, gid);
    await rename(temporary, real);
    await syncFolder(dirname(real));
    return copy;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof BackupError || systemErrorCode(error) === undefined) throw error;
    throw new BackupError('CONFIG_INVALID', `${real} cannot be replaced (${systemErrorCode(error)}).`, {
      hint: 'Run as a user that may write the file and its folder. Nothing was changed.',
      cause: error,
    });
  }
}

/** It holds secrets: nobody may read it at any moment who may not read the old one. */
async function writeLike(old: string, path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(old);
  await rm(path, { force: true });
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await settle(path, mode, uid, gid);
}

async function settle(path: string, mode: number, uid: number, gid: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const own = await handle.stat();
    if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
    await handle.chmod(mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
