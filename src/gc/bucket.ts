import type {
  CallOptions,
  DeleteOutcome,
  LifecycleRule,
  ListVersionsOptions,
  VersioningState,
  VersionToDelete,
} from '../s3/open-bucket.ts';
import type { VersionListing, VersionPage } from '../s3/types.ts';

/** What gc needs of the slave bucket. */
export interface GcBucket {
  readonly name: string;
  /** Empty for Amazon S3. */
  readonly endpoint: string;
  versioning(options: CallOptions): Promise<VersioningState>;
  lifecycleRules(options: CallOptions): Promise<LifecycleRule[]>;
  serverTimeMs(): Promise<number>;
  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionPage>;
  /** At most 1,000; one outcome each, in the order given. */
  deleteVersions(
    versions: readonly VersionToDelete[],
    options: { signal: AbortSignal },
  ): Promise<DeleteOutcome[]>;
}
