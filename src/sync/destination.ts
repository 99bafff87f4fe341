/** What a sync needs of the bucket that it writes. `s3/open-bucket.ts` has it all. */
import type { BucketLister, CallOptions, CopyRequest, CopyResult } from './bucket.ts';

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
  /** Bytes that went over the wire; 0 for a copy inside the store. */
  sizeBytes: number;
  /** The etag that the content has here, to be remembered. */
  contentEtag?: string;
  /** As it was when it was read: not what the plan said, where it has changed since. */
  read?: { sizeBytes: number; modifiedMs: number; changedMs: number };
}

/** A file's content, or a part of it, that can be read more than once. */
export interface FileUpload extends CallOptions {
  /** Whole, with the prefix. */
  key: string;
  path: string;
  sizeBytes: number;
  /** Hex MD5 of each part, or of the whole where there is one: what is stored has these, or nothing is. */
  md5s: readonly string[];
  /** Undefined: in one request. */
  partSizeBytes: number | undefined;
  storageClass?: string | undefined;
  contentType?: string | undefined;
  /** Right before the parts become an object. @throws what keeps them from it */
  beforeCompletion?: () => Promise<void>;
}

export interface BufferUpload extends CallOptions {
  key: string;
  body: Buffer;
  md5: string;
  storageClass?: string | undefined;
  contentType?: string | undefined;
}

export interface DestinationBucket extends BucketLister {
  readonly name: string;
  readonly endpoint: string;
  exists(options?: CallOptions): Promise<boolean>;
  /** With versioning on. */
  create(options?: CallOptions): Promise<void>;
  versioning(options?: CallOptions): Promise<'enabled' | 'suspended' | 'off'>;
  putBuffer(upload: BufferUpload): Promise<{ etag: string }>;
  putFile(upload: FileUpload): Promise<{ etag: string }>;
  copyFrom(request: CopyRequest): Promise<CopyResult>;
  /** Puts delete markers. One outcome each, in the order given: undefined where it is done. */
  deleteKeys(
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<({ code: string; message: string } | undefined)[]>;
  tags(key: string, versionId?: string, options?: CallOptions): Promise<Record<string, string>>;
  putTags(key: string, tags: Record<string, string>, options?: CallOptions): Promise<void>;
  close(): void;
}
