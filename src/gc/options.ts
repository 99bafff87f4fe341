import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { GcBucket } from './bucket.ts';

/** Of the versions that snapshots name. */
export interface DeletionShare {
  /** Would be deleted, at most. */
  versions: number;
  /** Would stay. */
  kept: number;
}

/** How snapshots are removed, whichever they are. */
export interface RemovalOptions {
  dryRun: boolean;
  /** Refuses where more versions than this would be deleted. */
  maxDelete?: number | undefined;
  concurrency: number;
  /** Asked where more would be deleted than stays of what snapshots name; left out: it goes on. */
  confirm?: ((share: DeletionShare) => Promise<boolean>) | undefined;
}

export interface GcOptions extends RemovalOptions {
  policy: RetentionPolicy;
  minimumRedundancy: number;
  /** Runs although the newest snapshot is flagged. */
  force: boolean;
}

export interface GcDependencies {
  repository: SnapshotRepository;
  snapshotsDir: string;
  bucket: GcBucket;
  clock: Clock;
  observer: Observer;
  signal: AbortSignal;
}

export interface KeptSnapshot {
  row: SnapshotRow;
  reasons: string[];
}
