import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getTags, headVersion, putTags } from '../../../src/s3/head.ts';
import { parseRestoreHeader } from '../../../src/s3/restore-header.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { clientOf, startCannedServer } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;

before(async () => {
  server = await startEmbeddedS3();
  client = clientOf({ url: server.endpoint }, { credentials });
  server.buckets.create('pail');
});
after(() => server.close());

describe('headVersion', () => {
  it('reads what belongs to a version, the current one or an older', async () => {
    const old = server.buckets.putVersion('pail', { key: 'k+ %41', body: 'old', metadata: { a: 'b c' } });
    server.buckets.putVersion('pail', { key: 'k+ %41', body: 'newer' });
    const object = { bucket: 'pail', key: 'k+ %41' };
    assert.equal((await headVersion(client, object))?.sizeBytes, 5);
    const head = await headVersion(client, { ...object, versionId: old.versionId });
    assert.equal(head?.versionId, old.versionId);
    assert.equal(head.sizeBytes, 3);
    assert.deepEqual(head.metadata, { a: 'b c' });
    assert.equal(head.storageClass, 'STANDARD');
  });

  it('is undefined for what does not exist and for delete markers', async () => {
    const marker = server.buckets.putVersion('pail', { key: 'm', isDeleteMarker: true });
    assert.equal(await headVersion(client, { bucket: 'pail', key: 'nothing' }), undefined);
    assert.equal(await headVersion(client, { bucket: 'pail', key: 'm' }), undefined);
    assert.equal(
      await headVersion(client, { bucket: 'pail', key: 'm', versionId: marker.versionId }),
      undefined,
    );
  });

  it('reads every header that a copy or a thaw needs', async () => {
    const canned = await startCannedServer(() => ({
      headers: {
        'content-type': 'text/x',
        'cache-control': 'no-cache',
        'content-disposition': 'inline',
        'content-encoding': 'gzip',
        'content-language': 'de',
        expires: 'never',
        etag: '"abc-2"',
        'last-modified': 'Sat, 21 Nov 2026 04:00:00 GMT',
        'x-amz-website-redirect-location': '/there',
        'x-amz-storage-class': 'GLACIER',
        'x-amz-tagging-count': '3',
        'x-amz-restore': 'ongoing-request="false", expiry-date="Sat, 28 Nov 2026 00:00:00 GMT"',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key',
        'x-amz-object-lock-mode': 'GOVERNANCE',
        'x-amz-object-lock-retain-until-date': '2027-01-01T00:00:00.000Z',
        'x-amz-object-lock-legal-hold': 'ON',
      },
    }));
    const head = await headVersion(clientOf(canned), { bucket: 'pail', key: 'k' });
    await canned.close();
    assert.deepEqual(head, {
      sizeBytes: 0,
      etag: 'abc-2',
      lastModifiedMs: Date.UTC(2026, 10, 21, 4),
      storageClass: 'GLACIER',
      headers: {
        'content-type': 'text/x',
        'cache-control': 'no-cache',
        'content-disposition': 'inline',
        'content-encoding': 'gzip',
        'content-language': 'de',
        expires: 'never',
        'x-amz-website-redirect-location': '/there',
      },
      metadata: {},
      tagCount: 3,
      thaw: { ongoing: false, expiresMs: Date.UTC(2026, 10, 28) },
      encryption: { algorithm: 'aws:kms', kmsKeyId: 'key', customerKey: false },
      lock: { mode: 'GOVERNANCE', retainUntilMs: Date.UTC(2027, 0), legalHold: true },
    });
  });
});

describe('tags', () => {
  it('come back as they were put', async () => {
    server.buckets.putVersion('pail', { key: 't', body: '' });
    const object = { bucket: 'pail', key: 't' };
    assert.deepEqual(await getTags(client, object), {});
    const tags = { 'a b': '+&=<>', ü: '' };
    await putTags(client, object, tags);
    assert.deepEqual(await getTags(client, object), tags);
    assert.equal((await headVersion(client, object))?.tagCount, 2);
  });
});

describe('parseRestoreHeader', () => {
  it('reads a thaw that goes on and one that is over', () => {
    assert.deepEqual(parseRestoreHeader('ongoing-request="true"'), { ongoing: true });
    assert.equal(parseRestoreHeader('something'), undefined);
  });
});
