import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { GcBucket } from './bucket.ts';
import type { SafetyMargins } from './safety.ts';

/** Of the versions that snapshots name; or, of orphans, of all that the listing of the bucket showed. */
export interface DeletionShare {
  of: 'named' | 'listed';
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
  /** Deletes versions that no snapshot names as well, and delete markers with nothing beneath them. */
  orphans?: boolean | undefined;
  margins?: SafetyMargins | undefined;
  /** Asked where more would be deleted than stays; left out: it goes on. */
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
