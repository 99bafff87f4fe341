/** verify: what is damaged in the index or gone from the bucket is found, all of it. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { VerifyDocument } from '../../src/commands/verify.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

let embedded: EmbeddedForTest;
let s3: EmbeddedS3;
let bucketNumber = 0;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(() => embedded.stop());

function vaultFor(t: TestContext): { bucket: string; site: Site } {
  bucketNumber += 1;
  const bucket = `verify-${bucketNumber}`;
  s3.buckets.create(bucket);
  return { bucket, site: new Site(tempDir(t), { endpoint: s3.endpoint, master: bucket, slave: bucket }) };
}

test('a snapshot that is whole passes, however the bucket went on', async (t) => {
  const { bucket, site } = vaultFor(t);
  for (let i = 0; i < 2500; i++) s3.buckets.putVersion(bucket, { key: `k${i}`, body: 'x' });
  await site.json(['snapshot']);
  for (let i = 0; i < 2500; i++)
    s3.buckets.putVersion(bucket, { key: `k${i}`, isDeleteMarker: i % 2 === 0, body: 'y' });
  const before = s3.requests.entries.length;
  const result = await site.json<VerifyDocument>(['verify', 'latest']);
  assert.deepEqual(result.versions, { checked: 2500, missing: 0, unchecked: 0 });
  assert.deepEqual([result.ranges.damaged, result.missing, result.damaged], [0, [], []]);
  // By listing, not by a request for each version.
  assert.equal(s3.requests.entries.length - before, 5);
  const { stdout } = await site.run(['verify', 'latest']);
  assert.match(stdout, /: \d+ ranges? read, 0 damaged; 2,500 versions looked for, 0 missing\.\n$/);
});

test('versions that are gone, and null versions that are others now (trap 6), are listed, exit 3 (trap 30)', async (t) => {
  const { bucket, site } = vaultFor(t);
  for (const key of ['a', 'b', 'c']) s3.buckets.putVersion(bucket, { key, body: 'x' });
  s3.buckets.putVersion(bucket, { key: 'old', body: 'x', versionId: 'null', lastModifiedMs: 1000 });
  await site.json(['snapshot']);
  const gone = [...s3.buckets.versions(bucket)].find((each) => each.key === 'b')?.versionId ?? '';
  await embedded.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'b', VersionId: gone }));
  await embedded.client.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Suspended' } }),
  );
  await embedded.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'old', Body: 'other' }));
  const result = await site.json<VerifyDocument>(['verify', 'latest'], 3);
  assert.deepEqual(result.versions, { checked: 4, missing: 2, unchecked: 0 });
  assert.deepEqual(result.missing, [
    { key: 'b', versionId: gone, reason: 'missing' },
    { key: 'old', versionId: 'null', reason: 'overwritten' },
  ]);
  const text = await site.run(['verify', 'latest', '--quiet']);
  assert.equal(text.code, 3);
  assert.match(text.stdout, /^Missing: b \(version .*\)\nOverwritten since: old \(version null\)\n20/);
});

test('a damaged range is listed, the others go on; --index-only asks no server', async (t) => {
  const { bucket, site } = vaultFor(t);
  for (let i = 0; i < 60_000; i++) s3.buckets.putVersion(bucket, { key: `k${i}`, sizeBytes: 1, fillByte: 1 });
  const snapshot = await site.json<SnapshotResult>(['snapshot']);
  assert.ok(snapshot.ranges.total >= 2);
  const folder = join(site.snapshotsDir, 'ranges');
  const [first = '', second = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.csv.zst'),
  );
  const bytes = readFileSync(join(folder, first));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(join(folder, first), bytes);
  const flipped = await site.json<VerifyDocument>(['verify', 'latest'], 3);
  assert.deepEqual([flipped.ranges.damaged, flipped.versions.missing], [1, 0]);
  assert.equal(flipped.versions.checked + (flipped.damaged[0]?.keys ?? 0), 60_000);
  assert.equal(flipped.versions.unchecked, flipped.damaged[0]?.keys);
  rmSync(join(folder, second));
  site.configure({ SlaveEndpoint: 'http://127.0.0.1:9', MasterEndpoint: 'http://127.0.0.1:9' });
  const both = await site.json<VerifyDocument>(['verify', 'latest', '--index-only'], 3);
  assert.deepEqual([both.ranges, both.versions.checked], [{ checked: snapshot.ranges.total, damaged: 2 }, 0]);
});

test('a snapshot of a prefix lists only that prefix (trap 8)', async (t) => {
  const { bucket, site } = vaultFor(t);
  for (let i = 0; i < 1500; i++) s3.buckets.putVersion(bucket, { key: `a/${i}`, body: 'x' });
  for (const key of ['b/1', 'b/2', 'b0']) s3.buckets.putVersion(bucket, { key, body: 'x' });
  await site.json(['snapshot', '--prefix', 'b/']);
  const before = s3.requests.entries.length;
  const result = await site.json<VerifyDocument>(['verify', 'latest']);
  assert.deepEqual([result.versions.checked, s3.requests.entries.length - before], [2, 1]);
});
