import type { CopyRequest, HeadResult, ListVersionsOptions, VersioningState } from '../s3/open-bucket.ts';
import type { VersionListing, VersionPage } from '../s3/types.ts';

/** What a restore reads: the slave bucket, where the versions are. */
export interface RestoreSource {
  readonly name: string;
  /** Empty for Amazon S3. */
  readonly endpoint: string;
  head(key: string, versionId?: string): Promise<HeadResult>;
  tags(key: string, versionId?: string): Promise<Record<string, string>>;
}

/** What a restore writes into. */
export interface RestoreDestination {
  readonly name: string;
  readonly endpoint: string;
  versioning(): Promise<VersioningState>;
  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionPage>;
  head(key: string): Promise<HeadResult>;
  tags(key: string): Promise<Record<string, string>>;
  copyFrom(request: CopyRequest): Promise<void>;
  /** Puts a delete marker where the bucket is versioned; removes the object where it is not. */
  deleteObject(key: string): Promise<void>;
}
