import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Bucket } from '../../../src/s3/open-bucket.ts';
import type { TracedRequest } from '../../../src/s3/trace.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3, FaultKind } from '../../../src/s3-embedded/index.ts';
import { bucketAt } from '../../support/embedded.ts';

let server: EmbeddedS3;
let bucket: Bucket;
let traced: TracedRequest[] = [];

/** Of requests that the SDK sends, and only these. */
const bySdk = () => server.requests.entries.filter(({ query }) => query['x-id'] === 'PutObject').length;
const md5Of = (text: string | Buffer) => createHash('md5').update(text).digest('hex');

function put(key: string, content = key) {
  server.requests.clear();
  traced = [];
  const body = Buffer.from(content);
  return bucket.putBuffer({ key, body, md5: md5Of(body), storageClass: 'GLACIER', contentType: 'text/x' });
}

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create('b');
  bucket = bucketAt(server, 'b', { onRequest: (request) => traced.push(request) });
  await put('first');
});
after(async () => {
  bucket.close();
  await server.close();
});

test('a small object without the SDK, whatever its key', async () => {
  for (const key of ['a b+c%25', 'ü/\u{1F600}', "!'()*~", 'a//b/../c', '/x', 'q?x=1&y', 'a\u0001\tb', '']) {
    const named = `${key}k`;
    assert.equal((await put(named)).etag, md5Of(named));
    const made = [...server.buckets.versions('b')].find((version) => version.key === named);
    assert.deepEqual(
      [made?.etag, made?.storageClass, made?.headers],
      [md5Of(named), 'GLACIER', { 'content-type': 'text/x' }],
    );
    assert.equal(bySdk(), 0, named);
    assert.deepEqual(
      traced.map(({ operation, status }) => [operation, status]),
      [['PutObject', 200]],
    );
  }
  assert.equal((await put('empty', '')).etag, md5Of(''));
});

test('the SDK does what did not work', async () => {
  for (const kind of ['status', 'reset-before', 'reset-after', 'access-denied'] satisfies FaultKind[]) {
    const fault = server.faults.add({ kind, operation: 'PutObject', times: 1 });
    assert.equal((await put(`after ${kind}`)).etag, md5Of(`after ${kind}`));
    server.faults.remove(fault.id);
    assert.equal(bySdk(), 1, kind);
  }
});

test('a body that is not what was meant is refused', async () => {
  const wrong = bucket.putBuffer({ key: 'wrong', body: Buffer.from('x'), md5: md5Of('y') });
  await assert.rejects(wrong, /BadDigest/);
});
