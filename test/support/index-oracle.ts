/** Reads snapshots as another program would: by docs/formats.md alone, without the product's code. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

export interface NamedVersion {
  key: string;
  versionId: string;
  sizeBytes: number;
  etag: string;
}

/** The entries of a snapshot in their order; every checksum is checked. */
export function readSnapshot(snapshotsDir: string, snapshot: string): NamedVersion[] {
  const text = readFile(join(snapshotsDir, 'manifests', `${snapshot}.json`)).toString();
  const document = JSON.parse(text) as { manifest: { ranges: { hash: string }[] } };
  return document.manifest.ranges.flatMap(({ hash }) => {
    const plain = readFile(join(snapshotsDir, 'ranges', hash.slice(0, 2), `${hash}.csv`));
    assert.equal(createHash('sha256').update(plain).digest('hex'), hash);
    return plain.toString().split('\n').slice(0, -1).map(parseLine);
  });
}

function readFile(path: string): Buffer {
  if (existsSync(path)) return readFileSync(path);
  return zstdDecompressSync(readFileSync(`${path}.zst`));
}

function parseLine(line: string): NamedVersion {
  const [key = '', versionId = '', size = '', , etag = ''] = line.split(',');
  return {
    key: decodeURIComponent(key),
    versionId: decodeURIComponent(versionId),
    sizeBytes: Number(size),
    etag: decodeURIComponent(etag),
  };
}
