import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Bucket } from '../../../src/s3/open-bucket.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3, FaultKind } from '../../../src/s3-embedded/index.ts';
import { EtagHash } from '../../../src/sync/etags.ts';
import { bucketAt } from '../../support/embedded.ts';
import { tempDir } from '../../support/temp-dir.ts';

const mebibyte = 1024 ** 2;
let server: EmbeddedS3;
let bucket: Bucket;

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create('b');
  bucket = bucketAt(server, 'b');
});
after(async () => {
  bucket.close();
  await server.close();
});

async function fileOf(t: TestContext, content: Buffer, partSizeBytes: number | undefined) {
  const path = join(tempDir(t), 'file');
  await writeFile(path, content);
  const file = await open(path);
  t.after(() => file.close());
  const hash = new EtagHash(partSizeBytes);
  hash.update(content);
  const etag = hash.digest();
  return { etag, put: { key: 'k', file, sizeBytes: content.length, md5s: hash.md5s, partSizeBytes } };
}

function current(key: string) {
  return [...server.buckets.versions('b')].find((version) => version.key === key && version.isLatest);
}

test('a file in one request and in parts, with its storage class', async (t) => {
  for (const [size, partSize, parts] of [
    [3 * mebibyte, undefined, 0],
    [12 * mebibyte + 1, 5 * mebibyte, 3],
    [5 * mebibyte, 5 * mebibyte, 1],
  ] as const) {
    const { etag, put } = await fileOf(t, randomBytes(size), partSize);
    server.requests.clear();
    const made = await bucket.putFile({ ...put, storageClass: 'GLACIER' });
    assert.equal(made.etag, etag);
    assert.deepEqual([current('k')?.etag, current('k')?.storageClass], [etag, 'GLACIER']);
    assert.equal(server.requests.counts.get('UploadPart') ?? 0, parts);
  }
});

test('what fails on the way is read and sent again', async (t) => {
  const kinds: FaultKind[] = ['status', 'reset-before', 'reset-after'];
  for (const kind of kinds) {
    for (const partSize of [undefined, 5 * mebibyte]) {
      const { etag, put } = await fileOf(t, randomBytes(6 * mebibyte), partSize);
      const operation = partSize === undefined ? 'PutObject' : 'UploadPart';
      const fault = server.faults.add({ kind, operation, times: 2 });
      assert.equal((await bucket.putFile(put)).etag, etag, kind);
      assert.equal(fault.hits, 2);
      server.faults.remove(fault.id);
    }
  }
});

test('an upload may take longer than other requests are waited for', async (t) => {
  const hasty = bucketAt(server, 'b', { retry: { maxAttempts: 1 }, timeLimits: { answerMs: 50 } });
  t.after(() => hasty.close());
  const slow = server.faults.add({ kind: 'latency', operation: ['PutObject', 'UploadPart'], delayMs: 400 });
  for (const partSize of [undefined, 5 * mebibyte]) {
    const { etag, put } = await fileOf(t, randomBytes(6 * mebibyte), partSize);
    assert.equal((await hasty.putFile(put)).etag, etag);
  }
  server.faults.remove(slow.id);
});

test('what is not as it was when it was measured is not stored (trap 31)', async (t) => {
  const before = current('k')?.versionId;
  for (const partSize of [undefined, 5 * mebibyte]) {
    const { put } = await fileOf(t, randomBytes(6 * mebibyte), partSize);
    const md5s = put.md5s.with(-1, createHash('md5').update('other').digest('hex'));
    await assert.rejects(bucket.putFile({ ...put, md5s }), /BadDigest/);
    await assert.rejects(bucket.putFile({ ...put, sizeBytes: put.sizeBytes + 1 }), { name: 'FileShortened' });
    if (partSize === undefined) continue;
    const beforeCompletion = async () => assert.fail('changed');
    await assert.rejects(bucket.putFile(put, { beforeCompletion }), /changed/);
  }
  assert.equal(current('k')?.versionId, before);
  assert.ok((server.requests.counts.get('AbortMultipartUpload') ?? 0) >= 3);
});
