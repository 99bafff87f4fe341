import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Bucket } from '../../../src/s3/open-bucket.ts';
import type { TracedRequest } from '../../../src/s3/trace.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3, FaultKind } from '../../../src/s3-embedded/index.ts';
import { bucketAt } from '../../support/embedded.ts';

let server: EmbeddedS3;
let bucket: Bucket;
let traced: TracedRequest[] = [];

/** Of requests that the SDK sends, and only these. */
const bySdk = () => server.requests.entries.filter(({ query }) => query['x-id'] === 'CopyObject').length;

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create('from');
  server.buckets.create('to');
  bucket = bucketAt(server, 'to', { onRequest: (request) => traced.push(request) });
  server.buckets.putVersion('from', { key: 'first', body: 'x' });
  await bucket.copyFrom({ source: { bucket: 'from', key: 'first' }, key: 'first', sizeBytes: 1 });
});
after(async () => {
  bucket.close();
  await server.close();
});

function copy(key: string, changes: Partial<Parameters<Bucket['copyFrom']>[0]> = {}) {
  const { versionId } = server.buckets.putVersion('from', {
    key,
    body: key,
    metadata: { a: 'b' },
    tags: { t: 'u' },
    headers: { 'content-type': 'text/x' },
  });
  server.requests.clear();
  traced = [];
  return bucket.copyFrom({ source: { bucket: 'from', key, versionId }, key, sizeBytes: 1, ...changes });
}

describe('a copy without the SDK', () => {
  it('is signed and addressed right, whatever the key, and says what was made', async () => {
    for (const key of [
      'a b+c%25',
      'ü/\u{1F600}',
      "!'()*~",
      'a//b/../c',
      '/x',
      'q?x=1&y',
      'a\u0001\tb',
      'x#y;=:@,$',
    ]) {
      const result = await copy(key);
      const made = [...server.buckets.versions('to')].find(
        (version) => version.key === key && version.isLatest,
      );
      assert.deepEqual([made?.versionId, made?.etag], [result.versionId, result.etag], key);
      assert.deepEqual(
        [made?.metadata, made?.tags, made?.headers],
        [{ a: 'b' }, { t: 'u' }, { 'content-type': 'text/x' }],
      );
      assert.equal(
        Math.floor((result.lastModifiedMs ?? 0) / 1000),
        Math.floor((made?.lastModifiedMs ?? 0) / 1000),
      );
      assert.equal(bySdk(), 0, key);
      assert.deepEqual(
        traced.map(({ operation, status }) => [operation, status]),
        [['CopyObject', 200]],
      );
    }
  });

  it('carries how the object is to be stored', async () => {
    const encryption = { algorithm: 'aws:kms', kmsKeyId: 'k', bucketKeyEnabled: true };
    const placement = {
      storageClass: 'STANDARD_IA',
      encryption,
      websiteRedirect: '/x',
      checksumAlgorithm: 'SHA256',
    };
    await copy('placed', { placement });
    assert.equal(bySdk(), 0);
    const {
      'x-amz-copy-source': _source,
      'content-length': _length,
      ...headers
    } = server.requests.entries[0]?.headers ?? {};
    assert.deepEqual(headers, {
      'x-amz-metadata-directive': 'COPY',
      'x-amz-tagging-directive': 'COPY',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'k',
      'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      'x-amz-website-redirect-location': '/x',
      'x-amz-checksum-algorithm': 'SHA256',
    });
  });

  it('leaves what is beyond ASCII to the SDK', async () => {
    await copy('beyond', { placement: { websiteRedirect: '/ü' } }).catch(() => undefined);
    assert.equal(bySdk(), 1);
  });

  for (const kind of [
    'status',
    'error-in-200',
    'reset-before',
    'reset-after',
    'reset-mid-body',
    'cut-body',
    'cut-chunked',
  ] satisfies FaultKind[]) {
    it(`leaves ${kind} to the SDK`, async () => {
      const rule = server.faults.add({ kind, operation: 'CopyObject', times: 1 });
      const result = await copy(`after ${kind}`);
      server.faults.remove(rule.id);
      assert.ok(result.versionId);
      assert.equal(bySdk(), 1);
    });
  }

  it('leaves what fails for good to the SDK, whose errors users see', async () => {
    await assert.rejects(copy('gone', { source: { bucket: 'from', key: 'nothing' } }), {
      code: 'S3_FAILED',
      message: /NoSuchKey/,
    });
    await assert.rejects(copy('changed', { ifMatchEtag: 'beef' }), { message: /PreconditionFailed/ });
  });

  it('ends when it is told to', async () => {
    const rule = server.faults.add({ kind: 'latency', operation: 'CopyObject', delayMs: 5000 });
    const controller = new AbortController();
    const reason = new Error('stopped');
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(copy('slow', { signal: controller.signal }), reason);
    server.faults.remove(rule.id);
  });
});
