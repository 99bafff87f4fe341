import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { RestoreDestination, RestoreSource } from './bucket.ts';
import type { CarryOptions } from './carry.ts';
import type { PlanEstimate } from './estimate.ts';
import type { Selection } from './selection.ts';
import type { ThawOptions } from './thaw.ts';

export interface RestoreOptions extends Selection, CarryOptions, ThawOptions {
  snapshot: string;
  /** What the destination's keys get before the snapshot's. */
  toPrefix: string;
  deleteExtra: boolean;
  dryRun: boolean;
  /** Restores what is left of a snapshot that is being deleted; deletes extra objects for good where versioning is off. */
  force: boolean;
  concurrency: number;
  /** Server-side copies of more than this go in parts; those of more than 5 GiB always do. */
  partsAboveBytes?: number | undefined;
  /** In a directory: keys that cannot be names of files get others. */
  escapeNames?: boolean;
  /** Stay until archived versions are thawed and restored. */
  wait?: boolean;
  /** Plan once more when all is done: what is then still due differs. */
  verify?: boolean;
  /** Gets every action of the plan, a line of JSON each. */
  planFile?: string | undefined;
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
  /**
   * Takes a snapshot of the destination, of the keys that begin with `prefix`, and returns its name; undefined where there can be
   * none. Absent where it is not wanted.
   * @throws BackupError where it cannot: nothing has been changed then
   */
  takeUndoPoint?: ((prefix: string) => Promise<string | undefined>) | undefined;
  /** Lets through as many actions at once as the server bears. */
  gate?: { pass<T>(work: () => Promise<T>): Promise<T> } | undefined;
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
  /** Archived, as far as the index says. */
  thaw: number;
  /** To be copied. */
  bytes: number;
  estimate: PlanEstimate;
}
