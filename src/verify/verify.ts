/**
 * Use case: compares a snapshot with what it says: its ranges with their hashes, and its versions with those that are in the slave
 * bucket. One listing of the bucket serves all of them. What is damaged or missing is reported, and the rest goes on.
 */
import { whileHeld } from '../catalogue/while-held.ts';
import type { Observer } from '../observer.ts';
import type { ListVersionsOptions } from '../s3/open-bucket.ts';
import type { VersionListing, VersionPage } from '../s3/types.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { entriesThatCanBeRead, type DamagedRange } from './readable-entries.ts';
import { findMissing, type MissingVersion } from './find-missing.ts';

export interface VerifyResult {
  snapshot: string;
  /** Of a snapshot in state `deleting` versions are missing by intent. */
  state: 'complete' | 'deleting';
  ranges: { checked: number; damaged: number };
  /** `unchecked`: those that damaged ranges named; all with `indexOnly`. */
  versions: { checked: number; missing: number; unchecked: number };
  damaged: DamagedRange[];
}

export interface VerifyBucket {
  readonly name: string;
  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionPage>;
}

export interface VerifyDependencies {
  repository: SnapshotRepository;
  /** Undefined: only the index is looked at. */
  bucket: VerifyBucket | undefined;
  /** Called with each version that is missing, by key: there can be as many as the bucket had. */
  onMissing: (missing: MissingVersion) => Promise<unknown>;
  observer: Observer;
  signal: AbortSignal;
}

/** @throws BackupError LOCKED; INDEX_DAMAGED for a manifest that cannot be read; and what a listing throws */
export async function verifySnapshot(name: string, dependencies: VerifyDependencies): Promise<VerifyResult> {
  const { repository, bucket, observer } = dependencies;
  const lock = repository.lock('shared', 'verify');
  const { signal } = whileHeld(lock, dependencies);
  try {
    const manifest = await repository.read(name);
    const damaged: DamagedRange[] = [];
    const entries = entriesThatCanBeRead(manifest, repository.ranges, (range) => damaged.push(range));
    const versions = { checked: 0, missing: 0 };
    const progress = (done: number): void =>
      observer.progress({ phase: 'verifying', done, unit: 'versions', total: manifest.keys });
    if (bucket === undefined) {
      let done = 0;
      for await (const batch of entries) {
        signal.throwIfAborted();
        progress((done += batch.length));
      }
    } else {
      const pages = bucket.listVersions({ prefix: manifest.prefix }, { signal });
      for await (const { entries: checked, missing } of findMissing(entries, pages)) {
        signal.throwIfAborted();
        versions.checked += checked;
        versions.missing += missing.length;
        for (const each of missing) await dependencies.onMissing(each);
        progress(versions.checked);
      }
    }
    return {
      snapshot: name,
      state: manifest.state,
      ranges: { checked: manifest.ranges.length, damaged: damaged.length },
      versions: { ...versions, unchecked: manifest.keys - versions.checked },
      damaged,
    };
  } finally {
    lock.release();
  }
}
