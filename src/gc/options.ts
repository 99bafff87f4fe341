import type { SnapshotRow } from '../catalogue/catalogue.ts';
import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { GcBucket } from './bucket.ts';

export interface GcOptions {
  policy: RetentionPolicy;
  minimumRedundancy: number;
  dryRun: boolean;
  /** Refuses where more versions than this would be deleted. */
  maxDelete?: number | undefined;
  /** Runs although the newest snapshot is flagged. */
  force: boolean;
  concurrency: number;
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
