/**
 * Use case: makes the catalogue anew from the manifests, and keeps nothing else. Opening a repository mends what a crash leaves;
 * this is for a catalogue that SQLite cannot read, or that knows of snapshots whose manifests are lost for good.
 */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalogue, catalogueFile, type SnapshotRow } from '../catalogue/catalogue.ts';
import type { Lock } from '../catalogue/locks.ts';
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { syncFolder } from '../index/atomic-file.ts';
import { naming } from '../index/file-error.ts';
import { ManifestStore } from '../index/manifest-store.ts';
import { checkFolder, toRow } from './repository.ts';

export interface RebuildResult {
  /** That the catalogue has now. */
  snapshots: number;
  /** Manifests that cannot be read: their snapshots are in no catalogue. */
  damaged: { snapshot: string; message: string }[];
  /** What the old catalogue knew, but has no manifest. */
  forgotten: string[];
  /** Where the old catalogue is, if it was damaged. */
  movedTo: string | null;
}

/** @throws BackupError LOCKED; SNAPSHOTS_DIR */
export async function rebuildCatalogue(snapshotsDir: string, clock: Clock): Promise<RebuildResult> {
  await checkFolder(snapshotsDir, false);
  const { catalogue, lock, movedTo } = await openSound(snapshotsDir, clock);
  try {
    const known = catalogue.list().map((row) => row.name);
    // How new manifests are written is no matter here.
    const manifests = new ManifestStore(snapshotsDir, { compress: true });
    const { rows, damaged } = await readAll(manifests);
    catalogue.replaceAll(rows);
    const present = new Set(await manifests.list());
    const forgotten = known.filter((name) => !present.has(name));
    return { snapshots: rows.length, damaged, forgotten, movedTo };
  } finally {
    lock.release();
    catalogue.close();
  }
}

interface SoundCatalogue {
  catalogue: Catalogue;
  lock: Lock;
  movedTo: string | null;
}

/** The catalogue, locked; where it is damaged it is moved away, and this is a new one. */
async function openSound(snapshotsDir: string, clock: Clock): Promise<SoundCatalogue> {
  const sound = openIfSound(snapshotsDir, clock);
  if (sound !== undefined) return { ...sound, movedTo: null };
  const movedTo = await moveAway(snapshotsDir, clock.nowMs());
  const catalogue = Catalogue.open(snapshotsDir, { clock });
  return { catalogue, lock: lockOrClose(catalogue), movedTo };
}

/** Undefined where it is damaged. The lock comes before the look: another run may be writing. */
function openIfSound(snapshotsDir: string, clock: Clock): { catalogue: Catalogue; lock: Lock } | undefined {
  let catalogue: Catalogue;
  try {
    catalogue = Catalogue.open(snapshotsDir, { clock });
  } catch (error) {
    if (error instanceof BackupError && error.code === 'CATALOGUE_DAMAGED') return undefined;
    throw error;
  }
  let lock: Lock | undefined;
  try {
    lock = lockOrClose(catalogue);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    return undefined;
  }
  if (catalogue.isSound()) return { catalogue, lock };
  catalogue.close();
  return undefined;
}

function lockOrClose(catalogue: Catalogue): Lock {
  try {
    return catalogue.locks.acquire('exclusive', 'catalogue rebuild');
  } catch (error) {
    catalogue.close();
    throw error;
  }
}

/** The log of writes first: a new catalogue beside it would take the old one's writes for its own. */
async function moveAway(snapshotsDir: string, nowMs: number): Promise<string> {
  const path = join(snapshotsDir, catalogueFile);
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  let target = `${path}.damaged-${stamp}`;
  for (let i = 2; existsSync(target); i++) target = `${path}.damaged-${stamp}-${i}`;
  await naming('move', path, async () => {
    for (const suffix of ['-wal', '-shm', '']) {
      if (existsSync(path + suffix)) await rename(path + suffix, target + suffix);
    }
    await syncFolder(snapshotsDir);
  });
  return target;
}

async function readAll(
  manifests: ManifestStore,
): Promise<{ rows: SnapshotRow[]; damaged: RebuildResult['damaged'] }> {
  const rows: SnapshotRow[] = [];
  const damaged: RebuildResult['damaged'] = [];
  for (const name of await manifests.list()) {
    try {
      rows.push(toRow(await manifests.read(name)));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      damaged.push({ snapshot: name, message: error.message });
    }
  }
  return { rows, damaged };
}
