/** A master bucket that an application writes to, and a slave bucket that follows it as replication would. */
import { Buffer } from 'node:buffer';
import type { EmbeddedS3, HeldVersion } from '../src/s3-embedded/index.ts';

export const master = 'demo-master';
export const slave = 'demo-slave';

export function createBuckets(s3: EmbeddedS3): void {
  s3.buckets.create(master);
  s3.buckets.create(slave);
}

export function fill(s3: EmbeddedS3, count: number): void {
  for (let i = 0; i < count; i++) {
    s3.buckets.putVersion(master, {
      key: keyOf(i),
      body: `The content of object ${i}, as it was at first.\n`.repeat(1 + (i % 40)),
      headers: { 'content-type': 'text/plain' },
      metadata: { owner: `team-${i % 5}` },
      tags: { project: `p${i % 3}` },
    });
  }
}

/** What a faulty script does on a bad day: every third object overwritten, every fourth deleted, rubbish added. */
export function damage(
  s3: EmbeddedS3,
  count: number,
): { overwritten: number; deleted: number; added: number } {
  const done = { overwritten: 0, deleted: 0, added: 0 };
  for (let i = 0; i < count; i++) {
    if (i % 3 === 0) {
      s3.buckets.putVersion(master, { key: keyOf(i), body: 'ENCRYPTED! Pay to get it back.\n' });
      done.overwritten += 1;
    } else if (i % 4 === 0) {
      s3.buckets.putVersion(master, { key: keyOf(i), isDeleteMarker: true });
      done.deleted += 1;
    }
    if (i % 100 === 0) {
      s3.buckets.putVersion(master, { key: `${keyOf(i)}.locked`, body: 'rubbish\n' });
      done.added += 1;
    }
  }
  return done;
}

/** Copies what the slave lacks, with version ids and times kept: what cross-region replication does. */
export function replicate(s3: EmbeddedS3): void {
  const known = new Set<string>();
  for (const version of s3.buckets.versions(slave)) known.add(idOf(version));
  const missing = [...s3.buckets.versions(master)].filter((version) => !known.has(idOf(version)));
  // A key's versions are listed the newest first, and are written the oldest first.
  for (const version of missing.reverse()) s3.buckets.putVersion(slave, replicaOf(version));
}

/** Whether the master's objects, their metadata and tags are what `fill` wrote. */
export function isAsFilled(s3: EmbeddedS3, count: number): boolean {
  const expected = new Set(Array.from({ length: count }, (_, i) => keyOf(i)));
  for (const version of s3.buckets.versions(master)) {
    if (!version.isLatest || version.isDeleteMarker) continue;
    if (!expected.delete(version.key) || !bytesOf(version).toString().includes('as it was at first'))
      return false;
  }
  return expected.size === 0;
}

export function versionCount(s3: EmbeddedS3, bucket: string): number {
  return [...s3.buckets.versions(bucket)].length;
}

function keyOf(i: number): string {
  const folders = ['photos/2026', 'documents/contracts', 'backups/db', 'Füße & Größen'];
  return `${folders[i % folders.length]}/item-${String(i).padStart(6, '0')}.txt`;
}

function idOf({ key, versionId }: HeldVersion): string {
  return `${versionId} ${key}`;
}

function replicaOf(version: HeldVersion) {
  const { key, versionId, isDeleteMarker, lastModifiedMs, storageClass, etag, headers, metadata, tags } =
    version;
  if (isDeleteMarker) return { key, versionId, isDeleteMarker, lastModifiedMs };
  return {
    key,
    versionId,
    lastModifiedMs,
    storageClass,
    etag,
    headers,
    metadata,
    tags,
    body: bytesOf(version),
  };
}

function bytesOf({ content }: HeldVersion): Buffer {
  return Buffer.concat(
    content.pieces.map((piece) =>
      'bytes' in piece ? piece.bytes : Buffer.alloc(piece.sizeBytes, piece.fillByte),
    ),
  );
}
