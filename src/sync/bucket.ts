/** The narrow shapes that a sync needs of s3/open-bucket.ts. */
import type { CallOptions, CopyRequest, CopyResult } from '../s3/open-bucket.ts';

export type { CallOptions, CopyRequest, CopyResult };

/** A current object as a listing has it. */
export interface ListedObject {
  key: string;
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  lastModifiedMs: number;
  /** `STANDARD` where the server leaves it out. */
  storageClass: string;
}

export interface BucketLister {
  /** The current objects whose keys begin with `prefix` and come after `after`, in the order of their UTF-8 bytes, in batches. */
  listObjects(
    listing: { prefix: string; after?: string },
    options?: CallOptions,
  ): AsyncIterable<readonly ListedObject[]>;
}
