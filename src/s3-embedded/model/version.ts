/** Object versions and delete markers, and how they are read whether they are kept or invented. */
import type { Content } from './content.ts';

export const NULL_VERSION_ID = 'null';
/** The canonical id of the account that everything belongs to. */
export const OWNER_ID = `${'0e3bedded5'.repeat(6)}0e3b`;

/** To an account by its canonical id, or to a group. */
export interface Grant {
  grantee: { id: string } | { uri: string };
  permission: string;
}

export interface Retention {
  mode: 'GOVERNANCE' | 'COMPLIANCE';
  untilMs: number;
}

/** A thaw that was asked for (trap 20). */
export interface Thaw {
  readyMs: number;
  expiryMs: number;
}

/** Where a synthetic version can write its ids without making strings of them. */
export interface HexWriter {
  hex32(bits: number): void;
}

/** What a listing says of a version. */
export interface ListedFields {
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly lastModifiedMs: number;
  /** Without quotes; empty for a delete marker. */
  readonly etag: string;
  readonly sizeBytes: number;
  /** Empty for a delete marker. */
  readonly storageClass: string;
  readonly thaw?: Thaw | undefined;
  /** The same bytes as `versionId` and `etag`. */
  writeVersionId?(writer: HexWriter): void;
  writeEtag?(writer: HexWriter): void;
}

export interface ObjectVersion extends ListedFields {
  readonly content: Content;
  /** `content-type`, `cache-control` and their like, as sent back. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata without the `x-amz-meta-` prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** `x-amz-checksum-…` headers and their values. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly retention?: Retention | undefined;
  readonly legalHold?: boolean | undefined;
  readonly replicationStatus?: string | undefined;
  /** The ACL; the owner's full control alone where there is none. */
  readonly grants?: readonly Grant[] | undefined;
}

/** A version in memory. Tags, ACL, locks, thaw and storage class change without a new version (trap 14). */
export interface StoredVersion extends ObjectVersion {
  /** Decides the place among the versions of a key; the time does not (trap 3). */
  readonly order: number;
  tags: Readonly<Record<string, string>>;
  retention?: Retention | undefined;
  legalHold?: boolean | undefined;
  grants?: readonly Grant[] | undefined;
  thaw?: Thaw | undefined;
}

/** The versions of one key; index 0 is the current one. */
export interface KeyVersions {
  readonly key: string;
  readonly count: number;
  at(index: number): ObjectVersion;
  /** How many versions come before those that follow `versionId` in a listing; undefined if it never was one. */
  countUpTo(versionId: string): number | undefined;
  find(versionId: string): ObjectVersion | undefined;
}

/** Keys in byte order, by index: what a listing reads. */
export interface KeySource {
  readonly keyCount: number;
  keyAt(index: number): string;
  versionsAt(index: number): KeyVersions;
}

export type VersioningState = 'off' | 'Enabled' | 'Suspended';

export interface DefaultRetention {
  mode: Retention['mode'];
  days: number;
}

export interface BucketSettings {
  versioning: VersioningState;
  /** Object ownership "bucket owner enforced": ACLs cannot be set. */
  aclsDisabled?: boolean;
  /** Of the location constraint it was made with. */
  region: string;
  objectLock?: { defaultRetention?: DefaultRetention } | undefined;
  /** Documents that are kept as they came: `lifecycle`, `replication`, `policy`. */
  documents: Map<string, string>;
}

export interface Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly settings: BucketSettings;
  source(): KeySource;
  versionsOf(key: string): KeyVersions | undefined;
}
