/**
 * Where the disk of a folder is mounted. The race: a disk is not mounted, its mount point is an empty folder, and all that was on it
 * looks deleted. Device numbers change with a restart; the place where a file system is mounted does not.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.ts';

/** The topmost folder above `path`, or itself, that is on the same file system. @throws the system's error */
export async function mountPointOf(path: string): Promise<string> {
  let place = await realpath(path);
  const { dev } = await stat(place);
  for (let parent = dirname(place); parent !== place; parent = dirname(place)) {
    if ((await stat(parent)).dev !== dev) break;
    place = parent;
  }
  return place;
}

/** False also where it cannot be looked at. */
export async function isMountPoint(path: string): Promise<boolean> {
  try {
    const [own, above] = await Promise.all([stat(path), stat(dirname(path))]);
    return own.dev !== above.dev || own.ino === above.ino;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}
