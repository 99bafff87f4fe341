/** The folders of a site that has several: those that are named, and the direct subfolders of its roots. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FoldersSource } from '../config/config.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import { compareKeys } from '../key-order.ts';

/** Absolute paths. @throws BackupError REFUSED for a root that cannot be listed */
export async function foldersOf({ folders, roots }: FoldersSource): Promise<string[]> {
  const found = [...folders];
  for (const root of roots) found.push(...(await subfoldersOf(root)));
  return found;
}

async function subfoldersOf(root: string): Promise<string[]> {
  try {
    const dirents = await readdir(root, { withFileTypes: true });
    const names = dirents.filter((dirent) => dirent.isDirectory()).map(({ name }) => name);
    return names.sort(compareKeys).map((name) => join(root, name));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new BackupError('REFUSED', `The folder ${root} cannot be listed (${code}).`, {
      hint: 'Check Roots in the configuration, and that the disk is mounted.',
      cause: error,
    });
  }
}
