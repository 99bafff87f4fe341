import type { LifecycleRule, ListVersionsOptions, VersioningState } from '../s3/open-bucket.ts';
import type { VersionListing } from '../s3/types.ts';
import type { VersionRows } from '../s3/version-table.ts';

/** What taking a snapshot needs of a bucket. */
export interface SnapshotBucket {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
  versioning(): Promise<VersioningState>;
  /** The server's clock, in milliseconds since the epoch, to the second. */
  serverTimeMs(): Promise<number>;
  lifecycleRules(): Promise<LifecycleRule[]>;
  listVersionRows(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionRows>;
}
