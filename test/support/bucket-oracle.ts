/** What a bucket holds by the SDK's own listing: independent of the product's. */
import {
  ListObjectVersionsCommand,
  type DeleteMarkerEntry,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

export interface OracleVersion {
  key: string;
  versionId: string;
  isLatest: boolean;
  isDeleteMarker: boolean;
  lastModifiedMs: number;
  etag: string;
  sizeBytes: number;
  storageClass: string;
}

/** The versions and delete markers of a bucket by key; those of a key as the server lists them, the newest first. */
export async function listAll(client: S3Client, bucket: string): Promise<Map<string, OracleVersion[]>> {
  const byKey = new Map<string, OracleVersion[]>();
  const seen = new Set<string>();
  let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, EncodingType: 'url', ...marker }),
    );
    for (const version of versionsOf(page)) {
      // Some servers list the marker's own key again (trap 24).
      const id = `${version.versionId} ${version.key}`;
      if (seen.has(id)) continue;
      seen.add(id);
      byKey.set(version.key, [...(byKey.get(version.key) ?? []), version]);
    }
    if (!page.IsTruncated) break;
    marker = { KeyMarker: decode(page.NextKeyMarker ?? ''), VersionIdMarker: page.NextVersionIdMarker };
  }
  for (const versions of byKey.values()) versions.sort(newestFirst);
  return byKey;
}

/** Versions and markers come in two lists, so their order is put together again by time; the latest comes first. */
function newestFirst(a: OracleVersion, b: OracleVersion): number {
  if (a.isLatest !== b.isLatest) return a.isLatest ? -1 : 1;
  return b.lastModifiedMs - a.lastModifiedMs;
}

function versionsOf(page: ListObjectVersionsCommandOutput): OracleVersion[] {
  const versions = (page.Versions ?? []).map((version) => ({
    ...commonOf(version),
    isDeleteMarker: false,
    etag: (version.ETag ?? '').replaceAll('"', ''),
    sizeBytes: version.Size ?? 0,
    storageClass: version.StorageClass ?? 'STANDARD',
  }));
  const markers = (page.DeleteMarkers ?? []).map((marker) => ({
    ...commonOf(marker),
    isDeleteMarker: true,
    etag: '',
    sizeBytes: 0,
    storageClass: '',
  }));
  return [...versions, ...markers];
}

function commonOf({ Key = '', VersionId = '', IsLatest = false, LastModified }: DeleteMarkerEntry) {
  const lastModifiedMs = LastModified?.getTime() ?? NaN;
  return { key: decode(Key), versionId: VersionId, isLatest: IsLatest, lastModifiedMs };
}

/** AWS writes a space as `+`, radosgw as `%20`; both write a plus as `%2B` (trap 24). */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** What was current as of a time, by key: brute force over all versions. */
export function currentAsOf(byKey: Map<string, OracleVersion[]>, asOfMs: number): Map<string, OracleVersion> {
  const current = new Map<string, OracleVersion>();
  for (const [key, versions] of byKey) {
    const newest = versions.find((version) => Math.floor(version.lastModifiedMs / 1000) * 1000 <= asOfMs);
    if (newest !== undefined && !newest.isDeleteMarker) current.set(key, newest);
  }
  return current;
}
