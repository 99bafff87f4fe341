import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ByteBudget } from '../../../src/s3/byte-budget.ts';
import { readVersion } from '../../../src/s3/get.ts';
import { getTags, headVersion } from '../../../src/s3/head.ts';
import { putStream, type StreamOptions } from '../../../src/s3/put-stream.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { clientOf } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
const mebibyte = 1024 ** 2;
let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;

before(async () => {
  server = await startEmbeddedS3();
  client = clientOf({ url: server.endpoint }, { credentials });
  server.buckets.create('from');
  server.buckets.create('to');
});
after(() => server.close());

const carried = {
  headers: { 'content-type': 'text/x-test', expires: 'never', 'cache-control': 'max-age=1' },
  metadata: { a: 'b', c: 'd e' },
  tags: { 't +': 'u&v' },
};

async function put(key: string, sizeBytes: number, options: Partial<StreamOptions> = {}) {
  const content = await readVersion(client, { bucket: 'from', key }, new ManualClock(), { sizeBytes });
  const destination = { bucket: 'to', key: `copy of ${key}` };
  const tags = await getTags(client, { bucket: 'from', key });
  const placement = { storageClass: 'STANDARD_IA' };
  return putStream(
    client,
    { destination, content, sizeBytes, tags, placement },
    { budget: new ByteBudget(12 * mebibyte), partSizeBytes: 5 * mebibyte, ...options },
  );
}

describe('putStream', () => {
  for (const sizeBytes of [0, 1000, 5 * mebibyte, 10 * mebibyte, 12 * mebibyte + 1]) {
    it(`brings ${sizeBytes} bytes over, with all that belongs to them`, async () => {
      const key = `k ${sizeBytes}`;
      const body = Buffer.from(Array.from({ length: sizeBytes }, (_, i) => (i * 7 + (i >> 8)) % 256));
      server.buckets.putVersion('from', { key, body, ...carried });
      const uploads: string[] = [];
      const onUpload = (id: string) => uploads.push(`begun ${id}`);
      const result = await put(key, sizeBytes, {
        onUpload,
        onUploadEnd: (id) => uploads.push(`ended ${id}`),
      });
      const destination = { bucket: 'to', key: `copy of ${key}` };
      const head = await headVersion(client, destination);
      assert.equal(head?.versionId, result.versionId);
      assert.deepEqual([head?.storageClass, head?.metadata], ['STANDARD_IA', carried.metadata]);
      assert.deepEqual(head?.headers, carried.headers);
      assert.deepEqual(await getTags(client, destination), carried.tags);
      const { chunks } = await readVersion(client, destination, new ManualClock());
      assert.ok(Buffer.concat(await Array.fromAsync(chunks)).equals(body));
      assert.equal(uploads.length, sizeBytes > 5 * mebibyte ? 2 : 0);
    });
  }

  it('what is not what its etag says is not written, and leaves no upload', async () => {
    for (const sizeBytes of [1000, 6 * mebibyte]) {
      server.buckets.putVersion('from', { key: 'wrong', sizeBytes, fillByte: 7, etag: '0'.repeat(32) });
      server.requests.clear();
      await assert.rejects(put('wrong', sizeBytes), { code: 'FAILED', message: /size or MD5/ });
      assert.equal(await headVersion(client, { bucket: 'to', key: 'copy of wrong' }), undefined);
      const aborted = server.requests.counts.get('AbortMultipartUpload') ?? 0;
      assert.equal(aborted, server.requests.counts.get('CreateMultipartUpload') ?? 0);
    }
  });
});

describe('ByteBudget', () => {
  it('lets in what there is room for, in turn, and more than all alone', async () => {
    const budget = new ByteBudget(10);
    const first = await budget.take(6);
    const order: string[] = [];
    const large = budget.take(100).then((release) => (order.push('large'), release));
    const small = budget.take(1).then((release) => (order.push('small'), release));
    await new Promise(setImmediate);
    assert.deepEqual(order, []);
    first();
    (await large)();
    (await small)();
    assert.deepEqual(order, ['large', 'small']);
  });
});
