/**
 * How a file gets its name in SnapshotsDir: written under a temporary name in the same file system, synced, then renamed, then
 * the folder synced; for ranges that is done for many at once (`RangeStore.sync`), and databases see to themselves. So a name is
 * either absent or stands for the whole content, whatever crashed when.
 * What a crash leaves begins with `.tmp-`, and is cleared away by `removeTemporaryFiles`.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { fileError, naming } from './file-error.ts';

const TEMPORARY = '.tmp-';

/** A file that has no name yet. Ends with `renameTo`, `linkTo`, `close` or `discard`; each closes it. */
export class TemporaryFile {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** @throws BackupError SNAPSHOTS_DIR, as do all methods here */
  static async create(folder: string): Promise<TemporaryFile> {
    const path = join(folder, TEMPORARY + randomUUID());
    return naming('write', path, async () => new TemporaryFile(path, await open(path, 'wx')));
  }

  /** Appends all of `bytes`. */
  async write(bytes: Uint8Array): Promise<void> {
    await naming('write', this.path, () => this.#handle.appendFile(bytes));
  }

  /** The same at once: what waits for it costs more than what it takes to hand the bytes to the system. */
  writeNow(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#handle.fd, bytes, at);
    } catch (cause) {
      throw fileError('write', this.path, cause);
    }
  }

  /** Gives the file its name, in place of whatever had it. The folder is not synced yet: `syncFolder`. */
  async renameTo(path: string): Promise<void> {
    await this.#settle(path, () => rename(this.path, path));
  }

  /** Gives the file its name unless something has it: then SNAPSHOTS_DIR with the cause EEXIST. */
  async linkTo(path: string): Promise<void> {
    await this.#settle(path, async () => {
      await link(this.path, path);
      await rm(this.path);
    });
  }

  /** Ends the writing; the file stays under its temporary name, and is not durable. */
  async close(): Promise<void> {
    await naming('write', this.path, () => this.#handle.close());
  }

  /** Removes the file. It may be closed already, or gone. */
  async discard(): Promise<void> {
    await naming('remove', this.path, async () => {
      await this.#handle.close();
      await rm(this.path, { force: true });
    });
  }

  async #settle(path: string, giveName: () => Promise<void>): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await giveName();
    } catch (cause) {
      throw fileError('write', path, cause);
    }
  }
}

/**
 * Writes a file, in place of an older one of that name.
 * @throws BackupError SNAPSHOTS_DIR naming the file; nothing of it is left then
 */
export async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  await writeFileBy(path, content, (file) => file.renameTo(path));
}

/**
 * Writes a new file.
 * @throws BackupError SNAPSHOTS_DIR naming the file, with the cause EEXIST where there is one of that name already; that
 * one is untouched
 */
export async function createFile(path: string, content: Uint8Array): Promise<void> {
  await writeFileBy(path, content, (file) => file.linkTo(path));
}

async function writeFileBy(
  path: string,
  content: Uint8Array,
  giveName: (file: TemporaryFile) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const file = await TemporaryFile.create(folder);
  try {
    await file.write(content);
    await giveName(file);
  } catch (error) {
    await discardAfterFailure(file);
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Clears away after a failed write. Where that fails too, the first error is the one that helps, and what is left has
 * a temporary name that gc clears away.
 */
export async function discardAfterFailure(file: { discard(): Promise<void> }): Promise<void> {
  await file.discard().catch(() => undefined);
}

/** Makes a folder, unless it is there. Its name is not durable yet, whoever made it: `syncFolder` of the one above. */
export async function makeFolder(folder: string): Promise<void> {
  await naming('write', folder, async () => {
    await mkdir(folder).catch((cause: unknown) => {
      if (systemErrorCode(cause) !== 'EEXIST') throw cause;
    });
  });
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await naming('write', folder, async () => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/**
 * Removes what crashed runs left in a folder, and says how many files that were. Only for runs that are alone: it would take
 * the files of a running one from under it. A folder that is not there holds none.
 */
export async function removeTemporaryFiles(folder: string): Promise<number> {
  const names = (await listFolder(folder)).filter((name) => name.startsWith(TEMPORARY));
  for (const name of names) {
    const path = join(folder, name);
    await naming('remove', path, () => rm(path, { force: true }));
  }
  return names.length;
}

/** The names in a folder; none where there is no such folder. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return [];
    throw fileError('read', folder, cause);
  }
}
