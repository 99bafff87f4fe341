/** What a sync needs of the bucket that it writes. */
import type { Bucket } from '../s3/open-bucket.ts';

/** A current object. */
export interface DestinationEntry {
  /** Relative: without the prefix. */
  key: string;
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  lastModifiedMs: number;
  storageClass: string;
}

/** What was written. */
export interface Brought {
  etag: string;
  /** That went through this machine; 0 for a copy inside the store. */
  sentBytes: number;
  /** The etag that the content has here, to be remembered. */
  contentEtag?: string;
  /** The source's state that this is a copy of: not what was listed, where it has changed since. */
  read: { sizeBytes: number; modifiedMs: number; changedMs: number };
}

export type DestinationBucket = Pick<
  Bucket,
  | 'name'
  | 'endpoint'
  | 'create'
  | 'versioning'
  | 'lifecycleRules'
  | 'expireNoncurrent'
  | 'listObjects'
  | 'head'
  | 'putBuffer'
  | 'putFile'
  | 'acl'
  | 'copyFrom'
  | 'putFrom'
  | 'abortUpload'
  | 'deleteKeys'
  | 'tags'
  | 'putTags'
  | 'close'
>;

/** What a mirror needs of the bucket that it reads. */
export type SourceBucket = Pick<
  Bucket,
  'name' | 'endpoint' | 'exists' | 'listObjects' | 'head' | 'tags' | 'acl' | 'read' | 'close'
>;
