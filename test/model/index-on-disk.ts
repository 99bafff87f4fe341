/** The index as another program sees it: manifests and ranges by docs/formats.md, without the product's code. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Identified } from './identity.ts';

export interface SnapshotOnDisk {
  name: string;
  state: 'complete' | 'deleting';
  held: boolean;
  prefix: string;
  asOfMs: number;
  flags: string[];
  rangeHashes: string[];
  entries: Identified[];
}

interface ManifestDocument {
  sha256: string;
  manifest: {
    snapshot: string;
    state: 'complete' | 'deleting';
    held: boolean;
    prefix: string;
    asOf: string;
    flags: string[];
    ranges: { hash: string }[];
  };
}

export function readIndex(snapshotsDir: string): SnapshotOnDisk[] {
  const folder = join(snapshotsDir, 'manifests');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const begun = rowsBeingDeleted(snapshotsDir);
  return names.sort().map((name) => {
    const snapshot = readSnapshot(snapshotsDir, join(folder, name));
    // Deletion begins with the row: a gc that is killed there does not come to the manifest, and the next one goes on with it.
    return begun.has(snapshot.name) ? { ...snapshot, state: 'deleting' } : snapshot;
  });
}

function rowsBeingDeleted(snapshotsDir: string): Set<string> {
  const path = join(snapshotsDir, 'catalogue.sqlite');
  if (!existsSync(path)) return new Set();
  const catalogue = new Database(path);
  try {
    const rows = catalogue.prepare("SELECT name FROM snapshots WHERE state = 'deleting'").all();
    return new Set((rows as { name: string }[]).map(({ name }) => name));
  } finally {
    catalogue.close();
  }
}

export function rangesOnDisk(snapshotsDir: string): string[] {
  const folder = join(snapshotsDir, 'ranges');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.csv'))
    .map((path) => path.slice(3, -'.csv'.length))
    .sort();
}

function readSnapshot(snapshotsDir: string, path: string): SnapshotOnDisk {
  const { manifest } = JSON.parse(readFileSync(path, 'utf8')) as ManifestDocument;
  const rangeHashes = manifest.ranges.map(({ hash }) => hash);
  return {
    name: manifest.snapshot,
    state: manifest.state,
    held: manifest.held,
    prefix: manifest.prefix,
    asOfMs: Date.parse(manifest.asOf),
    flags: manifest.flags,
    rangeHashes,
    entries: rangeHashes.flatMap((hash) => readRange(snapshotsDir, hash)),
  };
}

function readRange(snapshotsDir: string, hash: string): Identified[] {
  const plain = readFileSync(join(snapshotsDir, 'ranges', hash.slice(0, 2), `${hash}.csv`));
  assert.equal(createHash('sha256').update(plain).digest('hex'), hash);
  return plain.toString().split('\n').slice(0, -1).map(parseLine);
}

function parseLine(line: string): Identified {
  const [key = '', versionId = '', size = '', lastModified = '', etag = ''] = line.split(',');
  return {
    key: decodeURIComponent(key),
    versionId: decodeURIComponent(versionId),
    sizeBytes: Number(size),
    lastModifiedMs: Date.parse(lastModified),
    etag: decodeURIComponent(etag),
  };
}
