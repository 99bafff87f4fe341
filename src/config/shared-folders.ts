/** Two sets in one folder would take each other's snapshots and ranges for their own, and gc would delete them. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { setsIn } from './agreement.ts';
import { fieldPath } from './field-path.ts';

/** One sentence for each set whose SnapshotsDir, relative to `base`, is that of a set before it. */
export async function findSharedFolders(document: unknown, base: string): Promise<string[]> {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const { path, fields } of setsIn(document)) {
    const folder = fields['SnapshotsDir'];
    if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) continue;
    const real = await realFolder(resolve(base, folder));
    const owner = owners.get(real);
    const field = fieldPath([...path, 'SnapshotsDir']);
    if (owner === undefined) owners.set(real, fieldPath(path));
    else problems.push(`${field}: expected a folder of its own; found the folder of ${owner}`);
  }
  return problems;
}

/** The folder without symbolic links, as far as it exists already. */
async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemErrorCode(error) === undefined) throw error;
    // What keeps the folder from being looked at is told by the command that uses it.
    return parent === path ? path : join(await realFolder(parent), basename(path));
  }
}
