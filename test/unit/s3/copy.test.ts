import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { copyMultipart, partRanges } from '../../../src/s3/copy-multipart.ts';
import { copySource } from '../../../src/s3/copy-source.ts';
import { copyObject } from '../../../src/s3/copy.ts';
import { getTags, headVersion } from '../../../src/s3/head.ts';
import { Bucket } from '../../../src/s3/open-bucket.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { clientOf, errorBody, quickRetries, startCannedServer } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
const mebibyte = 1024 * 1024;
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
  headers: {
    'content-type': 'image/x',
    'cache-control': 'no-store',
    'content-language': 'de',
    expires: 'never',
  },
  metadata: { who: 'me too' },
  tags: { 'a b': '+ &' },
};

describe('copyObject', () => {
  for (const key of [
    'k',
    'a/b c',
    'a+b',
    'a%41',
    'a?b#c',
    '\u00e4\u{1f600}',
    'a//b',
    '/a',
    '.',
    'a/../b',
    'q"\'*(!)',
    'cr\r\x01',
  ]) {
    it(`copies an older version of ${JSON.stringify(key)}, with all that belongs to it (trap 24)`, async () => {
      const old = server.buckets.putVersion('from', { key, body: 'old', ...carried });
      server.buckets.putVersion('from', { key, body: 'newer' });
      const source = { bucket: 'from', key, versionId: old.versionId };
      const result = await copyObject(client, {
        source,
        destination: { bucket: 'to', key },
        placement: { storageClass: 'STANDARD_IA' },
      });
      const head = await headVersion(client, { bucket: 'to', key });
      assert.equal(head?.versionId, result.versionId);
      assert.equal(head?.etag, result.etag);
      assert.equal(head?.sizeBytes, 3);
      assert.equal(head?.storageClass, 'STANDARD_IA');
      assert.deepEqual(head?.metadata, carried.metadata);
      assert.deepEqual(await getTags(client, { bucket: 'to', key }), carried.tags);
    });
  }

  it('fails where the source is another by now', async () => {
    server.buckets.putVersion('from', { key: 'x', body: 'other' });
    const copy = {
      source: { bucket: 'from', key: 'x' },
      destination: { bucket: 'to', key: 'x2' },
      ifMatchEtag: 'beef',
    };
    await assert.rejects(copyObject(client, copy), { code: 'S3_FAILED', message: /PreconditionFailed/ });
  });

  it('takes an error in an answer that says 200 for what it is (trap 17)', async () => {
    const result = '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>';
    const canned = await startCannedServer((_asked, number) => ({
      body: number < 2 ? errorBody('InternalError', 'm') : result,
    }));
    const copy = { source: { bucket: 'a', key: 'b' }, destination: { bucket: 'c', key: 'd' } };
    assert.deepEqual(await copyObject(clientOf(canned), copy), { etag: 'e' });
    assert.equal(canned.asked.length, 3);
    await canned.close();
    const failing = await startCannedServer(() => ({ body: errorBody('InternalError', 'm') }));
    await assert.rejects(copyObject(clientOf(failing), copy), {
      code: 'S3_FAILED',
      message: /InternalError/,
    });
    await failing.close();
  });

  it('does not take an empty answer for a copy', async () => {
    const canned = await startCannedServer(() => ({ body: '' }));
    const copy = { source: { bucket: 'a', key: 'b' }, destination: { bucket: 'c', key: 'd' } };
    await assert.rejects(copyObject(clientOf(canned), copy), { code: 'S3_FAILED' });
    await canned.close();
  });
});

describe('copyMultipart', () => {
  it('copies in parts and carries headers, metadata, tags and storage class (trap 15)', async () => {
    const sizeBytes = 12 * mebibyte + 1;
    const old = server.buckets.putVersion('from', { key: 'big +', sizeBytes, fillByte: 7, ...carried });
    server.buckets.putVersion('from', { key: 'big +', body: 'newer' });
    const destination = { bucket: 'to', key: 'big copy' };
    const copy = { source: { bucket: 'from', key: 'big +', versionId: old.versionId }, destination };
    const result = await copyMultipart(
      client,
      { ...copy, placement: { storageClass: 'GLACIER_IR' } },
      { partSizeBytes: 5 * mebibyte },
    );
    const head = await headVersion(client, destination);
    assert.equal(head?.versionId, result.versionId);
    assert.equal(head?.sizeBytes, sizeBytes);
    assert.match(head?.etag ?? '', /-3$/);
    assert.equal(head?.storageClass, 'GLACIER_IR');
    assert.deepEqual(head?.headers, carried.headers);
    assert.deepEqual(head?.metadata, carried.metadata);
    assert.deepEqual(await getTags(client, destination), carried.tags);
  });

  it('keeps the etag of an upload in parts, by parts of the same size (trap 18)', async () => {
    server.buckets.putVersion('from', { key: 'etag', sizeBytes: 12 * mebibyte + 1, fillByte: 7 });
    const uploaded = { bucket: 'from', key: 'etag in parts' };
    const whole = { bucket: 'from', key: 'etag' };
    await copyMultipart(client, { source: whole, destination: uploaded }, { partSizeBytes: 5 * mebibyte });
    const destination = { bucket: 'to', key: 'etag copy' };
    const copied = await copyMultipart(client, { source: uploaded, destination });
    assert.match(copied.etag, /-3$/);
    assert.equal(copied.etag, (await headVersion(client, uploaded))?.etag);
  });

  it('leaves no unfinished upload behind when a part fails', async () => {
    server.buckets.putVersion('from', { key: 'broken', sizeBytes: 12 * mebibyte });
    server.faults.add({ kind: 'access-denied', operation: 'UploadPartCopy', skip: 1 });
    const copy = { source: { bucket: 'from', key: 'broken' }, destination: { bucket: 'to', key: 'broken' } };
    await assert.rejects(copyMultipart(client, copy, { partSizeBytes: 5 * mebibyte }), {
      code: 'ACCESS_DENIED',
    });
    server.faults.clear();
    assert.equal(server.requests.counts.get('AbortMultipartUpload'), 1);
    assert.equal(await headVersion(client, copy.destination), undefined);
  });

  it('says so when the unfinished upload cannot be removed', async () => {
    server.buckets.putVersion('from', { key: 'stuck', sizeBytes: 6 * mebibyte });
    server.faults.add({ kind: 'access-denied', operation: ['UploadPartCopy', 'AbortMultipartUpload'] });
    const copy = { source: { bucket: 'from', key: 'stuck' }, destination: { bucket: 'to', key: 'stuck' } };
    await assert.rejects(copyMultipart(client, copy), {
      code: 'ACCESS_DENIED',
      message: /unfinished upload/,
    });
    server.faults.clear();
  });

  it('refuses a source that is gone, or another by now', async () => {
    const destination = { bucket: 'to', key: 'never' };
    const gone = { source: { bucket: 'from', key: 'gone' }, destination };
    await assert.rejects(copyMultipart(client, gone), { message: /does not exist/ });
    server.buckets.putVersion('from', { key: 'other', body: 'x' });
    const other = { source: { bucket: 'from', key: 'other' }, destination, ifMatchEtag: 'beef' };
    await assert.rejects(copyMultipart(client, other), { message: /another object by now/ });
    assert.equal(await headVersion(client, destination), undefined);
  });
});

describe('partRanges', () => {
  it('covers every byte once, in at most 10,000 parts', () => {
    for (const [sizeBytes, partSizeBytes] of [
      [1, 10],
      [10, 10],
      [11, 10],
      [5 * 1024 ** 4, 256 * mebibyte],
      [10_000 * mebibyte, mebibyte],
      [10_000 * mebibyte + 1, mebibyte],
    ] as const) {
      const ranges = partRanges(sizeBytes, partSizeBytes);
      assert.ok(ranges.length <= 10_000);
      assert.equal(ranges[0]?.first, 0);
      ranges.slice(1).forEach((range, i) => assert.equal(range.first, ranges[i]!.last + 1));
      assert.equal(ranges.at(-1)?.last, sizeBytes - 1);
    }
  });
});

describe('copySource', () => {
  it('keeps the slashes and encodes everything else', () => {
    const source = { bucket: 'b', key: 'a/ä +%?', versionId: 'v+/' };
    assert.equal(copySource(source), 'b/a/%C3%A4%20%2B%25%3F?versionId=v%2B%2F');
  });
});

describe('Bucket.copyFrom', () => {
  it('takes one request up to the limit, and parts above it', async () => {
    server.buckets.putVersion('from', { key: 'size', sizeBytes: 100 });
    const bucket = new Bucket({
      bucket: 'to',
      region: 'us-east-1',
      endpoint: server.endpoint,
      forcePathStyle: true,
      credentials,
      retry: quickRetries,
      singleCopyLimitBytes: 100,
    });
    const source = { bucket: 'from', key: 'size' };
    await bucket.copyFrom({ source, key: 'single', sizeBytes: 100 });
    assert.doesNotMatch((await bucket.head('single')).etag, /-/);
    await bucket.copyFrom({ source, key: 'parts', sizeBytes: 101 });
    assert.match((await bucket.head('parts')).etag, /-1$/);
    await assert.rejects(bucket.head('nothing'), { code: 'S3_FAILED', message: /nothing/ });
    bucket.close();
  });
});
