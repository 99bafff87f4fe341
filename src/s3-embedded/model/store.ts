/** All buckets of one server, and the log of what was deleted for good. */
import { S3Error } from '../s3-error.ts';
import { MemoryBucket } from './memory-bucket.ts';
import type { MultipartUpload } from './upload.ts';
import type { Bucket, StoredVersion } from './version.ts';

export interface Deletion {
  bucket: string;
  key: string;
  versionId: string;
  timeMs: number;
  isDeleteMarker: boolean;
}

export class Store {
  readonly buckets = new Map<string, Bucket>();
  readonly uploads = new Map<string, MultipartUpload>();
  readonly deletions: Deletion[] = [];

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) {
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
        elements: { BucketName: name },
      });
    }
    return bucket;
  }

  /** @throws S3Error NoSuchBucket, or MethodNotAllowed for a synthetic bucket, which can only be read. */
  writableBucket(name: string): MemoryBucket {
    const bucket = this.bucket(name);
    if (bucket instanceof MemoryBucket) return bucket;
    throw new S3Error('MethodNotAllowed', `${name} is a synthetic bucket, which can only be read`);
  }

  /**
   * A version that may be changed: tags, locks, thaw.
   * @throws S3Error NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker
   */
  writableVersion(bucketName: string, key: string, versionId: string | undefined): StoredVersion {
    const record = this.writableBucket(bucketName).versionsOf(key);
    const version = versionId === undefined ? record?.current : record?.find(versionId);
    return existingObject(version, key, versionId);
  }
}

/**
 * The answers to a version that is not there or is a delete marker, as GetObject documents them.
 * @throws S3Error NoSuchKey, NoSuchVersion, MethodNotAllowed
 */
export function existingObject<
  V extends { versionId: string; isDeleteMarker: boolean; lastModifiedMs: number },
>(version: V | undefined, key: string, versionId: string | undefined): V {
  if (version === undefined) {
    if (versionId === undefined) throw noSuchKey(key);
    throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
      elements: { Key: key, VersionId: versionId },
    });
  }
  if (!version.isDeleteMarker) return version;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  if (versionId === undefined) throw noSuchKey(key, headers);
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    elements: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE', 'last-modified': new Date(version.lastModifiedMs).toUTCString() },
  });
}

function noSuchKey(key: string, headers: Record<string, string> = {}): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.', { elements: { Key: key }, headers });
}
