/** What the tests of restore share: a master and a slave that follows it as replication does, and a machine that protects it. */
import type { TestContext } from 'node:test';
import type { EmbeddedS3, LoggedRequest } from '../../src/s3-embedded/index.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';
import { uniqueBucketName } from '../support/test-bucket.ts';

export interface Pair {
  master: string;
  slave: string;
  site: Site;
}

/** Two empty versioned buckets. */
export function pairFor(t: TestContext, s3: EmbeddedS3, set: Record<string, unknown> = {}): Pair {
  const master = uniqueBucketName('master');
  const slave = uniqueBucketName('slave');
  s3.buckets.create(master);
  s3.buckets.create(slave);
  return { master, slave, site: new Site(tempDir(t), { endpoint: s3.endpoint, master, slave, set }) };
}

/** An object in both buckets, under one version id. */
export function putReplicated(s3: EmbeddedS3, { master, slave }: Pair, key: string, body: string): void {
  const { versionId, lastModifiedMs } = s3.buckets.putVersion(master, { key, body });
  s3.buckets.putVersion(slave, { key, body, versionId, lastModifiedMs });
}

/** Etags of what is current, by key. */
export function liveEtags(s3: EmbeddedS3, bucket: string): Map<string, string> {
  const live = new Map<string, string>();
  for (const version of s3.buckets.versions(bucket)) {
    if (version.isLatest && !version.isDeleteMarker) live.set(version.key, version.etag);
  }
  return live;
}

/** The requests of one operation that reached a bucket since the log was cleared. */
export function requestsOf(s3: EmbeddedS3, operation: string, bucket: string): LoggedRequest[] {
  return s3.requests.entries.filter((each) => each.operation === operation && each.bucket === bucket);
}

export function keyOf(i: number): string {
  return `k${String(i).padStart(5, '0')}`;
}
