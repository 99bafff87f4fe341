/** The three versioning states, and the `null` versions that two of them make (trap 6). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GetBucketVersioningCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { setVersioning } from '../support/test-bucket.ts';
import type { ServerUnderTest } from './server.ts';

export function versioningChecks(server: ServerUnderTest): void {
  const { client } = server;
  const stateOf = async (Bucket: string) =>
    (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  const listed = async (bucket: string) =>
    (await server.listAll(bucket)).versions.map(({ versionId, isLatest, isDeleteMarker }) => ({
      versionId,
      isLatest,
      isDeleteMarker,
    }));

  describe('versioning states', () => {
    test('a new bucket has none; it can be enabled and suspended', async () => {
      const bucket = await server.createBucket({ versioning: 'off' });
      assert.equal(await stateOf(bucket), undefined);
      await setVersioning(client, bucket, 'Enabled');
      assert.equal(await stateOf(bucket), 'Enabled');
      await setVersioning(client, bucket, 'Suspended');
      assert.equal(await stateOf(bucket), 'Suspended');
    });

    test('off: a put replaces the null version and names no version id', async () => {
      const bucket = await server.createBucket({ versioning: 'off' });
      const answer = await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'one' }));
      assert.equal(answer.VersionId, undefined);
      await server.put(bucket, 'k', 'two');
      assert.deepEqual(await listed(bucket), [{ versionId: 'null', isLatest: true, isDeleteMarker: false }]);
      assert.equal(await server.read(bucket, 'k', 'null'), 'two');
    });

    test('off: a delete leaves nothing', async () => {
      const bucket = await server.createBucket({ versioning: 'off' });
      await server.put(bucket, 'k', 'one');
      await server.delete(bucket, 'k');
      assert.deepEqual(await listed(bucket), []);
    });

    test('enabled: every put makes a version of its own, newest first', async () => {
      const bucket = await server.createBucket();
      const ids = [await server.put(bucket, 'k', '1'), await server.put(bucket, 'k', '2')];
      const [first, second] = ids;
      assert.notEqual(first, second);
      assert.ok(!ids.includes('null'));
      assert.deepEqual(await listed(bucket), [
        { versionId: second, isLatest: true, isDeleteMarker: false },
        { versionId: first, isLatest: false, isDeleteMarker: false },
      ]);
      assert.equal(await server.read(bucket, 'k', first), '1');
      assert.equal(await server.read(bucket, 'k'), '2');
    });

    test('enabled after puts without: the null version stays under the new ones', async () => {
      const bucket = await server.createBucket({ versioning: 'off' });
      await server.put(bucket, 'k', 'before');
      await setVersioning(client, bucket, 'Enabled');
      const id = await server.put(bucket, 'k', 'after');
      assert.deepEqual(await listed(bucket), [
        { versionId: id, isLatest: true, isDeleteMarker: false },
        { versionId: 'null', isLatest: false, isDeleteMarker: false },
      ]);
      assert.equal(await server.read(bucket, 'k', 'null'), 'before');
    });

    test('suspended: a put replaces the null version in place, and nothing else (trap 6)', async () => {
      const bucket = await server.createBucket();
      const kept = await server.put(bucket, 'k', 'kept');
      await setVersioning(client, bucket, 'Suspended');
      await server.put(bucket, 'k', 'null one');
      await server.put(bucket, 'k', 'null two');
      assert.deepEqual(await listed(bucket), [
        { versionId: 'null', isLatest: true, isDeleteMarker: false },
        { versionId: kept, isLatest: false, isDeleteMarker: false },
      ]);
      assert.equal(await server.read(bucket, 'k', 'null'), 'null two');
    });

    test('suspended: a delete replaces the null version with a null delete marker', async () => {
      const bucket = await server.createBucket();
      const kept = await server.put(bucket, 'k', 'kept');
      await setVersioning(client, bucket, 'Suspended');
      await server.put(bucket, 'k', 'null one');
      await server.delete(bucket, 'k');
      assert.deepEqual(await listed(bucket), [
        { versionId: 'null', isLatest: true, isDeleteMarker: true },
        { versionId: kept, isLatest: false, isDeleteMarker: false },
      ]);
    });

    test('enabled again: the null version stays where it is', async () => {
      const bucket = await server.createBucket({ versioning: 'Suspended' });
      await server.put(bucket, 'k', 'null one');
      await setVersioning(client, bucket, 'Enabled');
      const id = await server.put(bucket, 'k', 'newer');
      assert.deepEqual(
        (await listed(bucket)).map(({ versionId }) => versionId),
        [id, 'null'],
      );
    });

    test('HEAD of a version says its size, etag and id', async () => {
      const bucket = await server.createBucket();
      const first = await server.put(bucket, 'k', 'one');
      await server.put(bucket, 'k', 'three');
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', VersionId: first }));
      assert.equal(head.ContentLength, 3);
      assert.equal(head.ETag, '"f97c5d29941bfb1b2fdab0874906ab82"');
      assert.equal(head.VersionId, first);
    });
  });
}
