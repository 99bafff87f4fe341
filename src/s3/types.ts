/**
 * The shapes that the S3 layer speaks. Use cases depend on these, never on the SDK's.
 */

/** One item of a ListObjectVersions answer: an object version or a delete marker. */
export interface ListedVersion {
  key: string;
  /** `null` (the word) for versions from before versioning or while it was suspended (trap 6). */
  versionId: string;
  isLatest: boolean;
  isDeleteMarker: boolean;
  /** As listed: whole seconds on AWS, milliseconds on radosgw (traps 3 and 33). */
  lastModifiedMs: number;
  /** Without quotes; empty for a delete marker. */
  etag: string;
  /** 0 for a delete marker. */
  sizeBytes: number;
  /** `STANDARD` where the server leaves it out; empty for a delete marker. */
  storageClass: string;
}

/** One page of a listing, in the server's order, decoded. */
export interface VersionPage extends PageEnd {
  versions: ListedVersion[];
}

/** What a page says beside its versions. */
export interface PageEnd {
  commonPrefixes: string[];
  isTruncated: boolean;
  /** Present when truncated. */
  nextKeyMarker?: string;
  nextVersionIdMarker?: string;
}

/**
 * What part of a bucket to list. Only keys that begin with `prefix`, and of these the keys in `(after, upTo]`
 * by the order of their UTF-8 bytes.
 */
export interface VersionListing {
  bucket: string;
  prefix?: string;
  /** Exclusive lower bound; absent: from the start. */
  after?: string;
  /** Inclusive upper bound; absent: to the end. */
  upTo?: string;
  /** Continues inside the versions of `after`: the versions of that key after this version id. */
  afterVersionId?: string;
  pageSize?: number;
}

/** A current object, as ListObjectsV2 has it. */
export interface ListedObject {
  key: string;
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  /** As listed: whole seconds on AWS, milliseconds on radosgw (traps 3 and 33). */
  lastModifiedMs: number;
  /** `STANDARD` where the server leaves it out. */
  storageClass: string;
}

/** Names an object, or one version of it. */
export interface ObjectRef {
  bucket: string;
  key: string;
  /** Left out: the current version. */
  versionId?: string;
}

export interface VersionToDelete {
  key: string;
  versionId: string;
}

/** What became of a version that was to be deleted. */
export type DeleteOutcome =
  | { status: 'deleted' }
  /** It was gone already. */
  | { status: 'missing' }
  /** Object Lock, a legal hold or MFA delete stands against it (trap 13). */
  | { status: 'locked'; code: string; message: string }
  | { status: 'failed'; code: string; message: string };
