/**
 * The one way files get into the directory of a restore: nothing is written through a symlink, whoever planted it, and a file has
 * its name only once it is whole (trap 25).
 */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';

/** So many folders that were looked at are remembered. */
const maxKnownFolders = 10_000;

export class SafeFolder {
  /** Without a symlink in it. */
  readonly root: string;
  readonly #known = new Set<string>();

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Makes the folder itself where it is missing, but not those above it.
   * @param create false: one that is missing stays so, and holds nothing
   * @throws BackupError USAGE where it is no folder, or cannot be made
   */
  static async open(path: string, create: boolean): Promise<SafeFolder> {
    try {
      if (create) await mkdir(path).catch(unlessItExists);
      const root = await realpath(path).catch((error: unknown) => {
        if (!create && systemErrorCode(error) === 'ENOENT') return path;
        throw error;
      });
      const stats = await lstat(root).catch(undefinedWhereMissing);
      if (stats !== undefined && !stats.isDirectory()) throw new Error('it is no folder');
      return new SafeFolder(root);
    } catch (error) {
      const reason = systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
      throw new BackupError('USAGE', `The directory ${path} cannot be used: ${reason}.`, {
        hint: 'Give --to-dir a folder that exists, or can be made in one that does, and may be written.',
        cause: error,
      });
    }
  }

  /** Bytes that this user may still write there. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  /** Whether names that differ in case only are one name there. */
  async foldsNames(): Promise<boolean> {
    const name = `.tmp-${randomUUID()}-a`;
    const handle = await open(join(this.root, name), 'wx');
    try {
      return (await lstat(join(this.root, name.toUpperCase())).catch(undefinedWhereMissing)) !== undefined;
    } finally {
      await handle.close();
      await rm(join(this.root, name), { force: true });
    }
  }

  /** Undefined where there is nothing; a symlink is looked at itself. */
  async look(path: string): Promise<Stats | undefined> {
    return lstat(join(this.root, path)).catch(undefinedWhereMissing);
  }

  /** @throws BackupError where something else than a folder stands in the way */
  async makeFolder(path: string): Promise<void> {
    if (path === '' || path === '.' || this.#known.has(path)) return;
    await this.makeFolder(dirname(path));
    await naming(path, async () => {
      const full = join(this.root, path);
      await mkdir(full).catch(unlessItExists);
      if (!(await lstat(full)).isDirectory()) throw new Error('something that is no folder has this name');
    });
    if (this.#known.size >= maxKnownFolders) this.#known.clear();
    this.#known.add(path);
  }

  /** For reading back. @throws BackupError for a symlink */
  async openFile(path: string): Promise<FileHandle> {
    return naming(path, () => open(join(this.root, path), constants.O_RDONLY | constants.O_NOFOLLOW));
  }

  /**
   * Writes a file, in place of an older one of that name. What fails leaves the older one, and nothing else.
   * @param modifiedMs its time; undefined: now
   * @param onBegin called with the temporary path, in the directory, before it exists
   * @param write fills the file
   * @returns what it is then
   */
  async writeFile(
    path: string,
    modifiedMs: number | undefined,
    onBegin: (temporary: string) => void,
    write: (file: FileHandle) => Promise<void>,
  ): Promise<Stats> {
    const folder = dirname(path);
    await this.makeFolder(folder);
    const temporary = join(folder, `.tmp-${randomUUID()}`);
    onBegin(temporary);
    return naming(path, async () => {
      const file = await open(join(this.root, temporary), 'wx');
      try {
        await this.#checkFolder(folder);
        await write(file);
        if (modifiedMs !== undefined) await file.utimes(modifiedMs / 1000, modifiedMs / 1000);
        await file.sync();
        await file.close();
        await this.#checkFolder(folder);
        await rename(join(this.root, temporary), join(this.root, path));
        return await lstat(join(this.root, path));
      } catch (error) {
        await file.close().catch(() => undefined);
        await this.removeTemporary(temporary);
        throw error;
      }
    });
  }

  /** What a killed run left. */
  async removeTemporary(temporary: string): Promise<void> {
    await this.#checkFolder(dirname(temporary));
    await rm(join(this.root, temporary), { force: true });
  }

  /** That it has not become a symlink since it was looked at. */
  async #checkFolder(folder: string): Promise<void> {
    const expected = join(this.root, folder);
    const actual = await realpath(expected).catch(undefinedWhereMissing);
    if (actual === undefined || actual === expected) return;
    this.#known.clear();
    throw new Error(`its folder leads elsewhere, to ${actual}`);
  }
}

async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupError || (error instanceof Error && error.name === 'AbortError')) throw error;
    const reason = systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw new BackupError('FAILED', `The file ${JSON.stringify(path)} cannot be written: ${reason}.`, {
      hint: 'Move away what is in the way, or restore into an empty directory.',
      cause: error,
    });
  }
}

function unlessItExists(error: unknown): void {
  if (systemErrorCode(error) !== 'EEXIST') throw error;
}

function undefinedWhereMissing(error: unknown): undefined {
  const code = systemErrorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
