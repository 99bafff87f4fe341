/**
 * The manifests on disk: `manifests/<snapshot>.json[.zst]` under SnapshotsDir. A manifest is what makes a snapshot: it is
 * written after its ranges are durable (`RangeStore.sync`), and removed before any of them.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';
import {
  createFile,
  listFolder,
  makeFolder,
  removeTemporaryFiles,
  replaceFile,
  syncFolder,
} from './atomic-file.ts';
import { compress, decompress } from './codec.ts';
import { fileError, manifestDamaged, naming } from './file-error.ts';
import {
  MANIFEST_FORMAT,
  checkManifest,
  compareSnapshotNames,
  formatManifest,
  isSnapshotName,
  parseManifestText,
} from './manifest.ts';
import type { Manifest } from './manifest.ts';

const FILE_NAME = /^(.+)\.json(?:\.zst)?$/;

export interface ManifestStoreOptions {
  /** CompressSnapshots: how new manifests are written. Both forms are read, whatever it says. */
  compress: boolean;
}

export class ManifestStore {
  readonly #snapshotsDir: string;
  readonly #folder: string;
  readonly #suffixes: readonly [preferred: string, other: string];
  /** The folder is there, and durable. */
  #isMade = false;

  /** @param snapshotsDir has to exist; `manifests/` in it is made at the first write */
  constructor(snapshotsDir: string, { compress }: ManifestStoreOptions) {
    this.#snapshotsDir = snapshotsDir;
    this.#folder = join(snapshotsDir, 'manifests');
    this.#suffixes = compress ? ['.json.zst', '.json'] : ['.json', '.json.zst'];
  }

  /**
   * Writes the manifest of a new snapshot, durably.
   * @throws BackupError SNAPSHOTS_DIR, with the cause EEXIST where there is a snapshot of that name: it is untouched
   */
  async write(manifest: Manifest): Promise<void> {
    checkManifest(manifest);
    const path = this.#pathWith(manifest.snapshot, this.#suffixes[0]);
    await this.#makeFolder();
    const existing = await this.#find(manifest.snapshot);
    if (existing !== undefined) throw fileError('write', existing, existsError());
    await createFile(path, await encode(manifest, path));
  }

  /**
   * Writes a manifest in place of the one of that name: another state or hold.
   * @throws BackupError INDEX_DAMAGED where there is none, SNAPSHOTS_DIR where the disk fails
   */
  async replace(manifest: Manifest): Promise<void> {
    checkManifest(manifest);
    const path = await this.#find(manifest.snapshot);
    if (path === undefined) throw this.#missing(manifest.snapshot);
    await replaceFile(path, await encode(manifest, path));
  }

  /**
   * @throws BackupError INDEX_DAMAGED naming the file where it is missing, damaged or written by a newer version;
   * SNAPSHOTS_DIR where it cannot be read
   */
  async read(snapshot: string): Promise<Manifest> {
    const path = await this.#find(snapshot);
    if (path === undefined) throw this.#missing(snapshot);
    const file = await naming('read', path, () => readFile(path));
    return decode(file, path, snapshot);
  }

  /** The names of all snapshots, by as-of time. Other files are no concern of the store. */
  async list(): Promise<string[]> {
    const names = new Set<string>();
    for (const file of await listFolder(this.#folder)) {
      const name = FILE_NAME.exec(file)?.[1];
      if (name !== undefined && isSnapshotName(name)) names.add(name);
    }
    return [...names].sort(compareSnapshotNames);
  }

  /** Removes a manifest, durably. One that is gone already is no error. */
  async remove(snapshot: string): Promise<void> {
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(snapshot, suffix);
      await naming('remove', path, () => rm(path, { force: true }));
    }
    if ((await listFolder(this.#snapshotsDir)).includes('manifests')) await syncFolder(this.#folder);
  }

  /** Removes what crashed runs left, and says how many files. Only while no other run writes here. */
  async removeTemporaries(): Promise<number> {
    return removeTemporaryFiles(this.#folder);
  }

  #pathWith(snapshot: string, suffix: string): string {
    if (!isSnapshotName(snapshot)) throw new Error(`${JSON.stringify(snapshot)} is no snapshot name`);
    return join(this.#folder, snapshot + suffix);
  }

  /** The path of a manifest in the form that it has. */
  async #find(snapshot: string): Promise<string | undefined> {
    for (const suffix of this.#suffixes) {
      const path = this.#pathWith(snapshot, suffix);
      try {
        await stat(path);
        return path;
      } catch (cause) {
        if (systemErrorCode(cause) !== 'ENOENT') throw fileError('read', path, cause);
      }
    }
    return undefined;
  }

  #missing(snapshot: string): BackupError {
    return manifestDamaged(this.#pathWith(snapshot, this.#suffixes[0]), 'the file is missing');
  }

  async #makeFolder(): Promise<void> {
    if (this.#isMade) return;
    await makeFolder(this.#folder);
    await syncFolder(this.#snapshotsDir);
    this.#isMade = true;
  }
}

async function encode(manifest: Manifest, path: string): Promise<Buffer> {
  const text = Buffer.from(formatManifest(manifest));
  return path.endsWith('.zst') ? compress(text) : text;
}

async function decode(file: Buffer, path: string, snapshot: string): Promise<Manifest> {
  try {
    const plain = path.endsWith('.zst') ? decompress(file) : file;
    const document = parseManifestText(plain.toString('utf8'));
    refuseNewer(document, path);
    const { asManifest } = await import('./manifest-schema.ts');
    const manifest = asManifest(document);
    if (manifest.snapshot !== snapshot) throw new Error(`it is the manifest of ${manifest.snapshot}`);
    checkManifest(manifest);
    return manifest;
  } catch (cause) {
    if (cause instanceof BackupError) throw cause;
    throw manifestDamaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Before its shape is looked at, which the newer version may have changed. */
function refuseNewer(document: unknown, path: string): void {
  if (typeof document !== 'object' || document === null || !('format' in document)) return;
  const { format } = document;
  if (typeof format !== 'number' || format <= MANIFEST_FORMAT) return;
  throw new BackupError(
    'INDEX_DAMAGED',
    `The manifest ${path} was written by a newer version (format ${format})`,
    {
      hint: `This version reads format ${MANIFEST_FORMAT}. Update backup-my-bucket, then run again.`,
    },
  );
}

function existsError(): Error {
  return Object.assign(new Error('EEXIST: there is a snapshot of that name already'), { code: 'EEXIST' });
}
