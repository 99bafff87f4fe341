/** What the tests of the listing share: an operator's machine over a synthetic bucket, and what a snapshot's manifest says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A moment after all versions of a synthetic bucket. */
export const asOf = '2025-06-01T00:00:00Z';
export const nameAsOf = '20250601T000000Z';

export interface SnapshotJson {
  snapshot: string;
  keys: number;
  bytes: number;
  ranges: { total: number; new: number };
  requests: number;
}

export function siteOf(t: TestContext, server: EmbeddedS3, bucket: string): Site {
  return new Site(tempDir(t), { endpoint: server.endpoint, master: bucket, slave: bucket });
}

export interface ManifestRanges {
  asOf: string;
  listingStartedAt: string;
  tags: Record<string, string>;
  note: string;
  held: boolean;
  ranges: { hash: string; firstKey: string; lastKey: string; entries: number }[];
}

export function readManifest(site: Site, snapshot = nameAsOf): ManifestRanges {
  const path = join(site.snapshotsDir, 'manifests', `${snapshot}.json`);
  const text = existsSync(path) ? readFileSync(path) : zstdDecompressSync(readFileSync(`${path}.zst`));
  return (JSON.parse(text.toString()) as { manifest: ManifestRanges }).manifest;
}

export function listingRequests(server: EmbeddedS3): number {
  return server.requests.counts.get('ListObjectVersions') ?? 0;
}

/** Long tests do more of the same with `BMB_SOAK=1`. */
export const isSoak = process.env['BMB_SOAK'] === '1';
