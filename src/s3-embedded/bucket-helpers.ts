/** Laying out buckets without requests, for tests and demos. */
import type { EmbeddedClock } from './clock.ts';
import { contentOf, filledContent, md5Hex } from './model/content.ts';
import { MemoryBucket } from './model/memory-bucket.ts';
import type { Store } from './model/store.ts';
import type { Grant, ObjectVersion, StoredVersion, VersioningState } from './model/version.ts';

export interface LaidOutVersion {
  key: string;
  /** The bytes; or `sizeBytes` of `fillByte`, which take no memory. */
  body?: string | Uint8Array;
  sizeBytes?: number;
  fillByte?: number;
  /** The server's clock unless told otherwise. */
  lastModifiedMs?: number;
  /** Made up unless told otherwise. */
  versionId?: string;
  isDeleteMarker?: boolean;
  storageClass?: string;
  /** The MD5 unless told otherwise. */
  etag?: string;
  headers?: Record<string, string>;
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
  /** The ACL; the owner's full control alone unless told otherwise. */
  grants?: readonly Grant[];
  /** `PENDING`, `COMPLETED`, `FAILED` or `REPLICA` (trap 10). */
  replicationStatus?: string;
  /** Placed by `lastModifiedMs` among the versions of its key, like a late replica (trap 2). */
  byTime?: boolean;
}

export interface HeldVersion extends ObjectVersion {
  key: string;
  isLatest: boolean;
}

export class BucketHelpers {
  readonly #store: Store;
  readonly #clock: EmbeddedClock;

  constructor(store: Store, clock: EmbeddedClock) {
    this.#store = store;
    this.#clock = clock;
  }

  create(name: string, versioning: VersioningState = 'Enabled'): void {
    const bucket = new MemoryBucket(name, this.#clock.nowMs(), 'us-east-1');
    bucket.settings.versioning = versioning;
    this.#store.buckets.set(name, bucket);
  }

  /** From now on, as object ownership "bucket owner enforced" does. @throws S3Error NoSuchBucket */
  disableAcls(name: string): void {
    this.#store.bucket(name).settings.aclsDisabled = true;
  }

  /** A version on top of those of its key, or a delete marker. @throws S3Error NoSuchBucket */
  putVersion(bucketName: string, wanted: LaidOutVersion): StoredVersion {
    const bucket = this.#store.writableBucket(bucketName);
    const { key, body, sizeBytes, fillByte, versionId, isDeleteMarker, byTime, ...fields } = wanted;
    const lastModifiedMs = wanted.lastModifiedMs ?? this.#clock.nowMs();
    const placement = {
      ...(versionId === undefined ? {} : { versionId }),
      ...(byTime === undefined ? {} : { byTime }),
    };
    if (isDeleteMarker) return bucket.addDeleteMarker(key, lastModifiedMs, placement);
    const content = body === undefined ? filledContent(sizeBytes ?? 0, fillByte) : contentOf(body);
    const etag = wanted.etag ?? md5Hex(content);
    return bucket.addVersion(key, { ...fields, content, etag, lastModifiedMs }, placement);
  }

  /** All versions in the order in which they are listed. @throws S3Error NoSuchBucket */
  *versions(bucketName: string): Generator<HeldVersion> {
    const source = this.#store.bucket(bucketName).source();
    for (let i = 0; i < source.keyCount; i++) {
      const versions = source.versionsAt(i);
      for (let place = 0; place < versions.count; place++) {
        const version = versions.at(place);
        yield { ...version, content: version.content, key: versions.key, isLatest: place === 0 };
      }
    }
  }
}
