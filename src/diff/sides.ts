import type { Manifest } from '../index/manifest.ts';
import type { Observer } from '../observer.ts';
import type { ListVersionsOptions } from '../s3/open-bucket.ts';
import type { VersionListing } from '../s3/types.ts';
import type { VersionRows } from '../s3/version-table.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';

/** What a diff with the bucket needs of it. */
export interface DiffBucket {
  listVersionRows(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionRows>;
}

/** One side: a snapshot, or what is current in the bucket now. */
export type Side = Manifest | 'live';

export interface DiffDependencies {
  repository: SnapshotRepository;
  /** Where a side is `live`. */
  bucket: DiffBucket | undefined;
  observer: Observer;
  signal: AbortSignal;
}
