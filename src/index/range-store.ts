/**
 * The ranges on disk: `ranges/ab/<sha256>.csv[.zst]` under SnapshotsDir, named by the SHA-256 of their plain content, so
 * that equal runs of entries are stored once. A range is immutable, and none of it is used before its hash is checked. That of one
 * that is there already is not, when it is added again: `verify` does that.
 */
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';
import {
  TemporaryFile,
  discardAfterFailure,
  listFolder,
  makeFolder,
  removeTemporaryFiles,
  syncFolder,
} from './atomic-file.ts';
import { BLOCK_BYTES, BlockPool } from './block-pool.ts';
import { compressFrame, decompress } from './codec.ts';
import { fileError, naming, rangeDamaged } from './file-error.ts';
import { chunksOf, discardFragment } from './fragment.ts';
import type { Fragment, HeldFragment } from './fragment.ts';
import { Places } from './places.ts';
import type { RangeReader } from './range-ref.ts';

const HASH = /^[0-9a-f]{64}$/;
/** Behind the name of a file whose content is of no use. */
const SET_ASIDE = '.damaged';
const FILE_NAME = /^([0-9a-f]{64})\.csv(?:\.zst)?$/;

/**
 * Ranges that are being compressed at once. Each takes a few megabytes for as long as it lasts, and there are as many threads:
 * key ranges that are listed side by side may come to their cuts all at the same time.
 */
const COMPRESSIONS_AT_ONCE = 4;
/** Of what is being written or waits to be joined. Beyond that it goes by way of files: of 64 key ranges side by side some do. */
const HELD_BYTES = 48 * 1024 * 1024;

export interface RangeStoreOptions {
  /** CompressSnapshots: how new ranges are written. Both forms are read, whatever it says. */
  compress: boolean;
}

export class RangeStore implements RangeReader {
  readonly #snapshotsDir: string;
  readonly #folder: string;
  readonly #suffixes: readonly [preferred: string, other: string];
  readonly #compress: boolean;
  /** What fragments on their way here are held in. */
  readonly blocks = new BlockPool(HELD_BYTES / BLOCK_BYTES);
  readonly #compressions = new Places(COMPRESSIONS_AT_ONCE);
  /** Folders that hold names which may not be durable yet. */
  readonly #unsynced = new Set<string>();
  /** Folders that are there. */
  readonly #made = new Set<string>();

  /** @param snapshotsDir has to exist; `ranges/` in it is made at the first write */
  constructor(snapshotsDir: string, { compress }: RangeStoreOptions) {
    this.#snapshotsDir = snapshotsDir;
    this.#folder = join(snapshotsDir, 'ranges');
    this.#compress = compress;
    this.#suffixes = compress ? ['.csv.zst', '.csv'] : ['.csv', '.csv.zst'];
  }

  /** Where new fragments go: in the file system of the ranges. @throws BackupError SNAPSHOTS_DIR */
  async fragmentFolder(): Promise<string> {
    await this.#makeFolder(this.#folder, this.#snapshotsDir);
    return this.#folder;
  }

  /** The path of a range in the form that new ones are written in. */
  pathOf(hash: string): string {
    return this.#pathWith(hash, this.#suffixes[0]);
  }

  #pathWith(hash: string, suffix: string): string {
    if (!HASH.test(hash)) throw new Error(`${JSON.stringify(hash)} is no SHA-256`);
    return join(this.#folder, hash.slice(0, 2), hash + suffix);
  }

  /** True where the range is there and not an empty file. Its content is checked by `read`. */
  async has(hash: string): Promise<boolean> {
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(hash, suffix);
      if (await isFilled(path)) return true;
    }
    return false;
  }

  /**
   * Makes a range of a fragment, or drops it where there is such a range already; either way the fragment is used up.
   * Durable after the next `sync`.
   * @returns true for a range that was not there before
   * @throws BackupError SNAPSHOTS_DIR
   */
  async add(fragment: Fragment | HeldFragment): Promise<boolean> {
    try {
      return await this.#add(fragment);
    } finally {
      if ('blocks' in fragment) this.blocks.give(fragment.blocks);
      else await discardFragment(fragment);
    }
  }

  /** Makes a folder in `parent`, which has to exist: a SnapshotsDir that is not mounted is not to be made anew. */
  async #makeFolder(folder: string, parent: string): Promise<void> {
    if (this.#made.has(folder)) return;
    await makeFolder(folder);
    // Also where it was there: the run that made it may have died before it synced the parent, or not come to that yet.
    this.#unsynced.add(parent);
    this.#made.add(folder);
  }

  async #add(fragment: Fragment | HeldFragment): Promise<boolean> {
    const path = this.pathOf(fragment.hash);
    await this.#makeFolder(dirname(path), this.#folder);
    const isNew = !(await this.has(fragment.hash));
    if (isNew && !this.#compress && 'path' in fragment) await nameFragment(fragment, path);
    else if (isNew) {
      const toBytes = this.#compress ? compressFrame : async (chunk: Buffer) => chunk;
      await this.#compressions.use(() => writeRange(fragment, toBytes, this.#folder, path));
    }
    // Noted for an existing range too: the run that wrote it may have died before it synced the folder. And only now that
    // the name is there: a `sync` beside this would else take it for done.
    this.#unsynced.add(dirname(path));
    return isNew;
  }

  /**
   * Makes all ranges that were added durable. Due before a manifest that names them is written. Ranges may be added
   * meanwhile, but no other `sync` may run.
   */
  async sync(): Promise<void> {
    for (const folder of [...this.#unsynced]) {
      this.#unsynced.delete(folder);
      try {
        await syncFolder(folder);
      } catch (error) {
        this.#unsynced.add(folder);
        throw error;
      }
    }
  }

  /**
   * The plain content of a range, whole.
   * @throws BackupError INDEX_DAMAGED naming the file where it is missing or its SHA-256 is not its name;
   * SNAPSHOTS_DIR where it cannot be read
   */
  async read(hash: string): Promise<Buffer> {
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(hash, suffix);
      const file = await readIfThere(path);
      if (file !== undefined) return checkedContent(file, { hash, path, suffix });
    }
    const wasDamaged = await this.#isSetAside(hash);
    throw rangeDamaged(
      this.pathOf(hash),
      wasDamaged ? 'verify found it so, and has set it aside' : 'the file is missing',
    );
  }

  async #isSetAside(hash: string): Promise<boolean> {
    const names = await listFolder(join(this.#folder, hash.slice(0, 2)));
    return this.#suffixes.some((suffix) => names.includes(hash + suffix + SET_ASIDE));
  }

  /**
   * Gives a range that does not hold what its name says another name: as long as it has its own, `add` takes it for there, and
   * every further snapshot with the same entries is born damaged. One that has such a name and is sound, as where the disk could not be read
   * for a while, gets its own again.
   * @returns its new path; undefined where nothing is wrong with it, or it is not there
   * @throws BackupError SNAPSHOTS_DIR
   */
  async setAside(hash: string): Promise<string | undefined> {
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(hash, suffix);
      if (await isSound(path, { hash, suffix })) continue;
      const aside = path + SET_ASIDE;
      if (!(await renameIfThere(path, aside))) continue;
      // Between the look and the move another run may have done the same, and a snapshot written it anew.
      if (!(await isSound(aside, { hash, suffix }))) return aside;
      await renameIfThere(aside, path);
    }
    await this.#bringBack(hash);
    return undefined;
  }

  async #bringBack(hash: string): Promise<void> {
    if (await this.has(hash)) return;
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(hash, suffix);
      if (!(await isFilled(path + SET_ASIDE))) continue;
      if (!(await isSound(path + SET_ASIDE, { hash, suffix }))) continue;
      await renameIfThere(path + SET_ASIDE, path);
      await syncFolder(dirname(path));
    }
  }

  /** Removes what was set aside and is of no use any more: the range is there anew, or nobody names it. */
  async removeSetAside(named: ReadonlySet<string>): Promise<void> {
    for (const name of await this.#subfolders()) {
      const folder = join(this.#folder, name);
      for (const file of (await listFolder(folder)).filter((each) => each.endsWith(SET_ASIDE))) {
        const hash = FILE_NAME.exec(file.slice(0, -SET_ASIDE.length))?.[1];
        if (hash === undefined || (named.has(hash) && !(await this.has(hash)))) continue;
        const path = join(folder, file);
        await naming('remove', path, () => rm(path, { force: true }));
      }
    }
  }

  /** The hashes of all ranges, sorted. Other files are no concern of the store. */
  async list(): Promise<string[]> {
    const hashes = new Set<string>();
    for (const name of await this.#subfolders()) {
      for (const file of await listFolder(join(this.#folder, name))) {
        const hash = FILE_NAME.exec(file)?.[1];
        if (hash?.startsWith(name)) hashes.add(hash);
      }
    }
    return [...hashes].sort();
  }

  async #subfolders(): Promise<string[]> {
    return (await listFolder(this.#folder)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  }

  /** Removes a range, in either form. One that is gone already is no error. */
  async remove(hash: string): Promise<void> {
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(hash, suffix);
      await naming('remove', path, () => rm(path, { force: true }));
    }
  }

  /** Removes what crashed runs left, and says how many files. Only while no other run writes here. */
  async removeTemporaries(): Promise<number> {
    return removeTemporaryFiles(this.#folder);
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw fileError('read', path, cause);
  }
}

interface Form {
  hash: string;
  suffix: string;
}

function checkedContent(file: Buffer, { hash, path, suffix }: Form & { path: string }): Buffer {
  const plain = suffix.endsWith('.zst') ? decompressRange(path, file) : file;
  if (createHash('sha256').update(plain).digest('hex') !== hash) {
    throw rangeDamaged(path, 'its content does not have the SHA-256 that is its name');
  }
  return plain;
}

/** Not where its content is wrong or lies on a part of the disk that cannot be read; what else stands against reading it is no damage. */
async function isSound(path: string, form: Form): Promise<boolean> {
  try {
    const file = await readIfThere(path);
    if (file !== undefined) checkedContent(file, { path, ...form });
    return true;
  } catch (error) {
    const isDamage =
      error instanceof BackupError &&
      (error.code === 'INDEX_DAMAGED' || systemErrorCode(error.cause) === 'EIO');
    if (isDamage) return false;
    throw error;
  }
}

/** False where there was nothing. */
async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false;
    throw fileError('move', from, cause);
  }
}

function decompressRange(path: string, file: Buffer): Buffer {
  try {
    return decompress(file);
  } catch (cause) {
    throw rangeDamaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function writeRange(
  fragment: Fragment | HeldFragment,
  toBytes: (chunk: Buffer) => Promise<Buffer>,
  folder: string,
  path: string,
): Promise<void> {
  const file = await TemporaryFile.create(folder);
  try {
    for await (const chunk of chunksOf(fragment)) await file.write(await toBytes(chunk));
    await file.renameTo(path);
  } catch (error) {
    await discardAfterFailure(file);
    throw error;
  }
}

/** Without compression a fragment is the range as it is, once it is durable. */
async function nameFragment(fragment: Fragment, path: string): Promise<void> {
  await naming('write', path, async () => {
    const handle = await open(fragment.path, 'r+');
    try {
      const { size } = await handle.stat();
      if (size !== fragment.plainBytes)
        throw new Error(`${fragment.path} does not hold what was written to it`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fragment.path, path);
  });
}

async function isFilled(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size > 0;
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false;
    throw fileError('read', path, cause);
  }
}
