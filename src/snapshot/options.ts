import type { Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { SnapshotBucket } from './bucket.ts';

export interface SnapshotOptions {
  set: string;
  prefix: string;
  /** A past moment; absent: now, by the server's clock. */
  atMs?: number | undefined;
  tags: Record<string, string>;
  note: string;
  hold: boolean;
  /** Somebody has looked: few keys, or none, are the new measure. */
  acceptShrunk?: boolean | undefined;
  /** Requests in flight at most. */
  concurrency: number;
  /** Goes on with the newest unfinished snapshot of the set: all of the above but `set`, `acceptShrunk` and `concurrency` is then its own. */
  resume: boolean;
}

export interface SnapshotDependencies {
  repository: SnapshotRepository;
  bucket: SnapshotBucket;
  clock: Clock;
  observer: Observer;
  signal: AbortSignal;
}
