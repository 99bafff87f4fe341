import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { RestoreDestination, RestoreSource } from './bucket.ts';
import type { CarryOptions } from './carry.ts';
import type { Selection } from './selection.ts';

export interface RestoreOptions extends Selection, CarryOptions {
  snapshot: string;
  /** What the destination's keys get before the snapshot's. */
  toPrefix: string;
  deleteExtra: boolean;
  dryRun: boolean;
  /** Restores what is left of a snapshot that is being deleted; deletes extra objects for good where versioning is off. */
  force: boolean;
  concurrency: number;
  /** In a directory: keys that cannot be names of files get others. */
  escapeNames?: boolean;
}

export interface DirectoryDestination {
  /** Path. */
  directory: string;
}

export interface RestoreDependencies {
  repository: SnapshotRepository;
  snapshotsDir: string;
  source: RestoreSource;
  destination: RestoreDestination | DirectoryDestination;
  /** Whether the destination's credentials are others than the source's: then they may not be allowed to read it. */
  hasOtherCredentials?: boolean;
  clock: Clock;
  observer: Observer;
  signal: AbortSignal;
}

export type BucketDependencies = RestoreDependencies & { destination: RestoreDestination };

export interface RestorePlan {
  /** Objects to copy, or to bring back by removing delete markers. */
  copy: number;
  /** Of `copy`: those that only delete markers hide. */
  undelete: number;
  /** Of `copy`: those that the destination itself holds as older versions. */
  within: number;
  same: number;
  extra: number;
  thaw: number;
  /** To be copied. */
  bytes: number;
}
