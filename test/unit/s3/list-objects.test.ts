import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compareKeys } from '../../../src/key-order.ts';
import type { Bucket } from '../../../src/s3/open-bucket.ts';
import { scanObjectPage } from '../../../src/s3/list-objects-xml.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3, FaultKind } from '../../../src/s3-embedded/index.ts';
import { bucketAt } from '../../support/embedded.ts';

let server: EmbeddedS3;
let bucket: Bucket;
const keys = [
  ...Array.from({ length: 60 }, (_, n) => `a/${String(n).padStart(3, '0')}`),
  ...['a b+c%25', 'a/ü', 'b\u0001\r&<', '\u{1F600}', '\uffee', 'a//x', 'b'],
].sort(compareKeys);

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create('b');
  for (const key of keys) {
    server.buckets.putVersion('b', { key, body: 'old' });
    server.buckets.putVersion('b', { key, body: key, storageClass: 'GLACIER' });
  }
  bucket = bucketAt(server, 'b');
});
after(async () => {
  bucket.close();
  await server.close();
});

async function list(prefix = '', after?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of bucket.listObjects({ prefix, pageSize: 7, ...(after !== undefined && { after }) }))
    found.push(...page.map(({ key }) => key));
  return found;
}

describe('a listing of current objects', () => {
  test('is whole and in order, by prefix and after a key', async () => {
    assert.deepEqual(await list(), keys);
    assert.deepEqual(
      await list('a/'),
      keys.filter((key) => key.startsWith('a/')),
    );
    assert.deepEqual(await list('', 'a/030'), keys.slice(keys.indexOf('a/030') + 1));
    assert.deepEqual(await list('none'), []);
  });

  test('says what is current of each', async () => {
    const [[object] = []] = await Array.fromAsync(bucket.listObjects({ prefix: 'a/000' }));
    const { etag, sizeBytes, storageClass } = object ?? {};
    assert.deepEqual([etag?.length, sizeBytes, storageClass], [32, 5, 'GLACIER']);
  });

  test('comes through whatever is wrong with a page, by another try', async () => {
    const kinds: FaultKind[] = [
      ...(['status', 'error-in-200', 'reset-before', 'reset-mid-body', 'cut-body', 'cut-chunked'] as const),
      ...(['page-duplicate', 'page-out-of-order', 'page-stuck', 'page-short', 'page-too-long'] as const),
    ];
    for (const kind of kinds) {
      const rule = { kind, operation: 'ListObjectsV2', skip: 2, times: 2 };
      const fault = server.faults.add(rule);
      assert.deepEqual(await list(), keys, kind);
      assert.ok(fault.hits > 0, kind);
      server.faults.remove(fault.id);
    }
  });

  test('is an error, and never a shorter one, where a page stays wrong', async () => {
    const fault = server.faults.add({ kind: 'page-out-of-order', operation: 'ListObjectsV2', skip: 1 });
    await assert.rejects(list(), { code: 'LISTING_INVALID' });
    server.faults.remove(fault.id);
    const denied = server.faults.add({ kind: 'access-denied', operation: 'ListObjectsV2', skip: 3 });
    await assert.rejects(list(), { code: 'ACCESS_DENIED' });
    server.faults.remove(denied.id);
  });

  test('ends where nobody reads on', async () => {
    for await (const page of bucket.listObjects({ prefix: '', pageSize: 7 })) {
      assert.equal(page.length, 7);
      break;
    }
  });
});

describe('the document', () => {
  const whole = (inner: string) =>
    Buffer.from(`<?xml version="1.0"?><ListBucketResult><Name>b</Name>${inner}</ListBucketResult>`);
  const object = `<Contents><Key>a</Key><LastModified>2026-11-21T04:00:00.000Z</LastModified><ETag>"e"</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  const scan = (inner: string) => scanObjectPage(whole(inner));

  test('is read in any order of elements, quickly or not', () => {
    const end = '<IsTruncated>false</IsTruncated>';
    const expected = {
      objects: [
        { key: 'a', sizeBytes: 1, etag: 'e', lastModifiedMs: Date.parse('2026-11-21T04:00:00Z') },
      ].map((each) => ({ ...each, storageClass: 'STANDARD' })),
      isTruncated: false,
    };
    assert.deepEqual(scan(object + end), expected);
    assert.deepEqual(scan(end + object), expected);
    const other = object
      .replace('<Size>1</Size>', '')
      .replace('<Key>', '<Size>1</Size><Owner><ID>x</ID></Owner><Key>')
      .replace('<StorageClass>STANDARD</StorageClass>', '');
    assert.deepEqual(scan(end + other), expected);
  });

  test('that lacks something is refused', () => {
    assert.throws(() => scan(object), /truncated/);
    assert.throws(
      () => scan(`${object.replace('<Size>1</Size>', '')}<IsTruncated>false</IsTruncated>`),
      /Size/,
    );
    assert.throws(() => scan(`${object.replace('<Key>a</Key>', '')}<IsTruncated>false</IsTruncated>`), /Key/);
    assert.throws(
      () => scan(`${object.replace('2026', 'x')}<IsTruncated>false</IsTruncated>`),
      /LastModified/,
    );
    assert.throws(() => scanObjectPage(whole(object).subarray(0, -5)), /ListBucketResult> is missing/);
    assert.throws(() => scanObjectPage(Buffer.from('<Error><Code>x</Code></Error>')), /not a listing/);
  });
});
