/**
 * The snapshots of one SnapshotsDir: manifests and ranges, which are the truth, and the catalogue, which follows
 * them. Opening compares the two by name and mends the catalogue, so that a crash between a manifest and its row,
 * or a lost catalogue, needs nobody.
 */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Catalogue, type SnapshotRow } from '../catalogue/catalogue.ts';
import type { Lock, LockKind } from '../catalogue/locks.ts';
import type { Clock } from '../clock.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import { syncFolder } from '../index/atomic-file.ts';
import { ManifestStore } from '../index/manifest-store.ts';
import type { Manifest } from '../index/manifest.ts';
import { RangeStore } from '../index/range-store.ts';
import type { Logger } from '../log/logger.ts';
import { removeSpools } from '../spool.ts';
import { findSnapshot } from './reference.ts';
import { UnfinishedSnapshots } from './unfinished.ts';

export interface RepositoryOptions {
  snapshotsDir: string;
  compress: boolean;
  clock: Clock;
  log: Logger;
  /** Makes the folder when it is missing. */
  create?: boolean;
}

/** A snapshot that is known by name but whose manifest cannot be read. */
export interface DamagedSnapshot {
  name: string;
  error: BackupError;
}

export class SnapshotRepository {
  readonly manifests: ManifestStore;
  readonly ranges: RangeStore;
  readonly catalogue: Catalogue;
  readonly unfinished: UnfinishedSnapshots;

  readonly #snapshotsDir: string;
  readonly #log: Logger;
  #damaged: readonly DamagedSnapshot[] = [];

  private constructor({ snapshotsDir, compress, clock, log }: RepositoryOptions) {
    this.#snapshotsDir = snapshotsDir;
    this.#log = log;
    this.manifests = new ManifestStore(snapshotsDir, { compress });
    this.ranges = new RangeStore(snapshotsDir, { compress });
    this.unfinished = new UnfinishedSnapshots(snapshotsDir);
    this.catalogue = Catalogue.open(snapshotsDir, { clock });
  }

  /** @throws BackupError SNAPSHOTS_DIR, CATALOGUE_DAMAGED */
  static async open(options: RepositoryOptions): Promise<SnapshotRepository> {
    const { snapshotsDir, create = false } = options;
    await checkFolder(snapshotsDir, create);
    const repository = new SnapshotRepository(options);
    try {
      await repository.reconcile();
      return repository;
    } catch (error) {
      repository.close();
      throw error;
    }
  }

  /** Found damaged by the last `reconcile`. While there are any, nobody can know what they name. */
  get damaged(): readonly DamagedSnapshot[] {
    return this.#damaged;
  }

  /**
   * Mends the catalogue by the manifests. Opening does so; due again under the exclusive lock: until then another run may have
   * written a manifest, and been killed before its row.
   */
  async reconcile(): Promise<void> {
    this.#damaged = await reconcile(this.manifests, this.catalogue, this.#log);
  }

  close(): void {
    this.catalogue.close();
  }

  /** @throws BackupError LOCKED, as `Locks.acquire` */
  lock(kind: LockKind, command: string, options: { isUnique?: boolean } = {}): Lock {
    return this.catalogue.locks.acquire(kind, command, options);
  }

  /** Whether a process that lives holds a lock for this command. */
  isLocked(command: string): boolean {
    return this.catalogue.locks.isHeld(command);
  }

  /** The snapshots of a bucket, the oldest first. Those of another bucket that once was protected here are left alone. */
  list(bucket: string): SnapshotRow[] {
    return this.catalogue.list().filter((row) => row.bucket === bucket);
  }

  /** @throws BackupError SNAPSHOT_UNKNOWN, SNAPSHOT_AMBIGUOUS */
  find(bucket: string, reference: string, parseTime: (text: string) => number): SnapshotRow {
    return findSnapshot(this.list(bucket), reference, parseTime);
  }

  /** @throws BackupError INDEX_DAMAGED naming the file */
  read(name: string): Promise<Manifest> {
    return this.manifests.read(name);
  }

  /**
   * Records a new snapshot whose ranges are on disk: the manifest first, then its row. With the manifest the snapshot exists:
   * a row that cannot be written is no failure of it, and the next opening makes one.
   */
  async add(manifest: Manifest): Promise<void> {
    await this.manifests.write(manifest);
    try {
      this.catalogue.put(toRow(manifest));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      this.#log.warn('the snapshot is complete, but not in the catalogue yet: the next run enters it', {
        snapshot: manifest.snapshot,
        error: error.message,
      });
    }
  }

  /**
   * From now on the snapshot counts as gone, whatever happens: its versions are about to be deleted. The row first: where
   * this is cut short, the next gc goes on with it, while a row that still said `complete` might be kept by then.
   */
  async markDeleting(name: string): Promise<void> {
    const manifest: Manifest = { ...(await this.manifests.read(name)), state: 'deleting' };
    this.catalogue.put(toRow(manifest));
    await this.manifests.replace(manifest);
  }

  /** Clears away what crashed runs left. Only under the exclusive lock. */
  async removeLeftovers(): Promise<void> {
    await this.manifests.removeTemporaries();
    await this.ranges.removeTemporaries();
    await removeSpools(this.#snapshotsDir);
  }

  /** Takes manifest and row away; the versions only it names must be gone before. */
  async remove(name: string): Promise<void> {
    await this.manifests.remove(name);
    this.catalogue.remove(name);
  }
}

/** The folder itself, not those above it: a disk that is not mounted must not be replaced by an empty index. */
async function makeFolder(snapshotsDir: string): Promise<void> {
  try {
    await mkdir(snapshotsDir);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return;
    throw error;
  }
  await syncFolder(dirname(resolve(snapshotsDir))).catch((error: unknown) => {
    // It may be written in, but not read: then it cannot be synced either.
    if (!(error instanceof BackupError) || systemErrorCode(error.cause) !== 'EACCES') throw error;
  });
}

/** @throws BackupError SNAPSHOTS_DIR where the folder is not there, or cannot be read and written */
export async function checkFolder(snapshotsDir: string, create: boolean): Promise<void> {
  try {
    if (create) await makeFolder(snapshotsDir);
    await access(snapshotsDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const isMissing = systemErrorCode(error) === 'ENOENT';
    throw new BackupError(
      'SNAPSHOTS_DIR',
      isMissing
        ? `SnapshotsDir ${snapshotsDir} does not exist.`
        : `SnapshotsDir ${snapshotsDir} cannot be read and written (${systemErrorCode(error)}).`,
      {
        hint: isMissing
          ? 'Check SnapshotsDir in the configuration, and that its disk is mounted. The first snapshot makes the folder, in a folder that exists.'
          : 'Give the user that runs this command read and write access to the folder.',
        cause: error,
      },
    );
  }
}

/** Rows for manifests that have none, and none for manifests that are gone. */
async function reconcile(
  manifests: ManifestStore,
  catalogue: Catalogue,
  log: Logger,
): Promise<readonly DamagedSnapshot[]> {
  const onDisk = new Set(await manifests.list());
  const known = new Map(catalogue.list().map((row) => [row.name, row]));
  const damaged: DamagedSnapshot[] = [];
  let taken = 0;
  for (const name of onDisk) {
    if (known.has(name)) continue;
    try {
      catalogue.put(toRow(await manifests.read(name)));
      taken += 1;
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      // The manifest of a snapshot that was removed between the listing and the reading is no damage.
      if ((await manifests.list()).includes(name)) damaged.push({ name, error });
    }
  }
  if (taken > 0) log.info('snapshots taken into the catalogue from their manifests', { snapshots: taken });
  for (const [name, row] of known) {
    if (onDisk.has(name) || (await manifests.list()).includes(name)) continue;
    // A gc was stopped after it had removed the manifest: all that is left is the row.
    if (row.state === 'deleting') catalogue.remove(name);
    else damaged.push({ name, error: missingManifest(name) });
  }
  for (const { name, error } of damaged) log.warn(error.message, { snapshot: name, hint: error.hint ?? '' });
  return damaged;
}

function missingManifest(name: string): BackupError {
  return new BackupError('INDEX_DAMAGED', `The manifest of snapshot ${name} is missing.`, {
    hint:
      `Bring manifests/${name}.json[.zst] back from a copy of SnapshotsDir. If it is lost for good, run ` +
      '"backup-my-bucket catalogue rebuild": the catalogue is made anew from the manifests that are there.',
  });
}

export function toRow(manifest: Manifest): SnapshotRow {
  return {
    name: manifest.snapshot,
    setName: manifest.set,
    bucket: manifest.bucket,
    prefix: manifest.prefix,
    asOf: manifest.asOf,
    createdAt: manifest.createdAt,
    keys: manifest.keys,
    bytes: manifest.bytes,
    state: manifest.state,
    held: manifest.held,
    tags: manifest.tags,
    note: manifest.note,
    flags: manifest.flags,
  };
}
