/** One look at a path: what is there, and a text that is another one for anything else that is there. */
import { lstat, stat } from 'node:fs/promises';
import { systemErrorCode } from '../errors.ts';

export interface Look {
  kind: 'file' | 'folder' | 'gone';
  signature: string;
}

/**
 * What cannot be looked at counts as a file: whoever takes it up finds out what is wrong with it.
 * @param followsSymlinks a symbolic link is what it leads to
 */
export async function lookAt(path: string, followsSymlinks: boolean): Promise<Look> {
  try {
    const stats = await (followsSymlinks ? stat : lstat)(path, { bigint: true });
    if (stats.isDirectory()) return { kind: 'folder', signature: 'folder' };
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    return { kind: 'file', signature: [dev, ino, size, mtimeNs, ctimeNs].join(' ') };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone', signature: 'gone' };
    return { kind: 'file', signature: code };
  }
}
