import type {
  CallOptions,
  HeadResult,
  LifecycleRule,
  ListVersionsOptions,
  ReplicationRule,
  VersioningState,
} from '../s3/open-bucket.ts';
import type { VersionListing, VersionPage } from '../s3/types.ts';

/** What doctor asks of a bucket; nothing of it writes. */
export interface DoctorBucket {
  readonly name: string;
  /** Empty for Amazon S3. */
  readonly endpoint: string;
  serverTimeMs(options: CallOptions): Promise<number>;
  versioning(options: CallOptions): Promise<VersioningState>;
  lifecycleRules(options: CallOptions): Promise<LifecycleRule[]>;
  replicationRules(options: CallOptions): Promise<ReplicationRule[]>;
  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionPage>;
  head(key: string, versionId: string, options: CallOptions): Promise<HeadResult>;
  tags(key: string, versionId: string, options: CallOptions): Promise<Record<string, string>>;
}
