/** One look at a path: what is there, and a text that is another one for anything else that is there. */
import { lstatSync, statSync } from 'node:fs';
import { systemErrorCode } from '../errors.ts';

export interface Look {
  kind: 'file' | 'folder' | 'gone';
  signature: string;
  /** 0 for what is no file. */
  sizeBytes: number;
  /** Of a file: its ctime, which nobody can set. */
  changedMs?: number;
}

/**
 * What cannot be looked at counts as a file: whoever takes it up finds out what is wrong with it. Not by way of another thread: that costs twenty times
 * what the look does, where a storm brings thousands, and events come of local disks alone.
 * @param followsSymlinks a symbolic link is what it leads to
 */
export function lookAt(path: string, followsSymlinks: boolean): Look {
  try {
    const stats = (followsSymlinks ? statSync : lstatSync)(path, { bigint: true });
    if (stats.isDirectory()) return { kind: 'folder', signature: 'folder', sizeBytes: 0 };
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    return {
      kind: 'file',
      signature: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
      sizeBytes: Number(size),
      changedMs: Number(ctimeNs / 1_000_000n),
    };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone', signature: 'gone', sizeBytes: 0 };
    return { kind: 'file', signature: code, sizeBytes: 0 };
  }
}
