import type {
  Acl,
  CopyRequest,
  CopyResult,
  DeleteOutcome,
  HeadResult,
  LifecycleRule,
  ListVersionsOptions,
  PutRequest,
  ReadOptions,
  VersionContent,
  ThawRequest,
  VersioningState,
  VersionToDelete,
} from '../s3/open-bucket.ts';
import type { VersionListing, VersionPage } from '../s3/types.ts';

interface Named {
  readonly name: string;
  readonly region: string;
  /** Empty for Amazon S3. */
  readonly endpoint: string;
}

/** What a restore reads: the bucket of the snapshot, where the versions are. */
export interface RestoreSource extends Named {
  head(key: string, versionId?: string): Promise<HeadResult>;
  tags(key: string, versionId?: string): Promise<Record<string, string>>;
  acl(key: string, versionId?: string): Promise<Acl>;
  thaw(key: string, versionId: string, request: ThawRequest): Promise<void>;
  read(key: string, versionId: string | undefined, options: ReadOptions): Promise<VersionContent>;
}

/** What a restore writes into. */
export interface RestoreDestination extends Named {
  versioning(): Promise<VersioningState>;
  lifecycleRules(): Promise<LifecycleRule[]>;
  listVersions(
    listing: Omit<VersionListing, 'bucket'>,
    options: ListVersionsOptions,
  ): AsyncIterable<VersionPage>;
  head(key: string): Promise<HeadResult>;
  tags(key: string): Promise<Record<string, string>>;
  acl(key: string, versionId?: string): Promise<Acl>;
  putAcl(key: string, versionId: string | undefined, acl: Acl): Promise<void>;
  copyFrom(request: CopyRequest): Promise<CopyResult>;
  putFrom(request: PutRequest): Promise<CopyResult>;
  exists(): Promise<boolean>;
  /** With versioning on. */
  create(): Promise<void>;
  /** Removes an unfinished multipart upload; no error where it is gone. */
  abortUpload(key: string, uploadId: string): Promise<void>;
  /** Puts a delete marker where the bucket is versioned; removes the object where it is not. */
  deleteObject(key: string): Promise<void>;
  /** For good. One outcome each, in the order given. */
  deleteVersions(versions: readonly VersionToDelete[]): Promise<DeleteOutcome[]>;
}
