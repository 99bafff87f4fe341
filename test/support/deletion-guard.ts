/**
 * Over the whole suite: no command deletes a version that a snapshot names which stays. Each command that a test runs against an embedded
 * S3 is followed by a look at the server's log of deletions, beside the snapshots by the documented formats alone.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Deletion, EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import { readSnapshot } from './index-oracle.ts';

/** The servers of this process, by endpoint. */
const servers = new Map<string, EmbeddedS3>();

export function guardDeletionsOf(server: EmbeddedS3): void {
  servers.set(server.endpoint, server);
}

/**
 * To be called before a command; what it returns, after it. Nothing is said of a server in another process.
 * @param endpoint of the bucket that the command deletes from
 */
export function watchDeletions(endpoint: string, snapshotsDir: string): () => void {
  const server = servers.get(endpoint);
  if (server === undefined) return () => undefined;
  const before = server.deletions.length;
  return () => {
    const byBucket = Map.groupBy(server.deletions.slice(before), ({ bucket }) => bucket);
    for (const [bucket, deletions] of byBucket) assertUnnamed(deletions, bucket, snapshotsDir);
  };
}

function assertUnnamed(deletions: readonly Deletion[], bucket: string, snapshotsDir: string): void {
  const deleted = new Set(deletions.map(({ key, versionId }) => `${key} ${versionId}`));
  for (const snapshot of keptSnapshots(snapshotsDir, bucket)) {
    for (const { key, versionId } of readSnapshot(snapshotsDir, snapshot)) {
      // A `null` version can have been overwritten: then what was deleted is another one (trap 6).
      const isDeleted = versionId !== 'null' && deleted.has(`${key} ${versionId}`);
      assert.ok(!isDeleted, `${key} ${versionId} was deleted, and ${snapshot} names it`);
    }
  }
}

function keptSnapshots(snapshotsDir: string, bucket: string): string[] {
  const folder = join(snapshotsDir, 'manifests');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => /^\d{8}T\d{6}Z(-\d+)?\.json(\.zst)?$/.test(file));
  return files
    .filter((file) => isKept(join(folder, file), bucket))
    .map((file) => file.replace(/\.json.*$/, ''));
}

function isKept(path: string, bucket: string): boolean {
  const file = readFileSync(path);
  const text = path.endsWith('.zst') ? zstdDecompressSync(file) : file;
  const { manifest } = JSON.parse(text.toString()) as { manifest: { state: string; bucket: string } };
  return manifest.state === 'complete' && manifest.bucket === bucket;
}
