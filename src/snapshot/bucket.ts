import type { LifecycleRule, ListVersionsOptions, VersioningState } from '../s3/open-bucket.ts';
import type { VersionListing, VersionPage } from '../s3/types.ts';

/** What taking a snapshot needs of a bucket. */
export interface SnapshotBucket {
  readonly name: string;
  readonly region: string;
  readonly endpoint: string;
  versioning(): Promise<VersioningState>;
  /** The server's clock, in milliseconds since the epoch, to the second. */
  serverTimeMs(): Promise<number>;
  lifecycleRules(): Promise<LifecycleRule[]>;
  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionPage>;
}
