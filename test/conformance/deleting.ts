/** Delete markers, deleting versions for good, and DeleteObjects (traps 12, 13, 22). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectLegalHoldCommand,
} from '@aws-sdk/client-s3';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

export function deletingChecks(server: ServerUnderTest): void {
  const { client } = server;
  const ids = async (bucket: string) =>
    (await server.listAll(bucket)).versions.map(({ key, versionId }) => `${key} ${versionId}`);

  describe('delete markers', () => {
    test('a delete hides the key; deleting the marker brings it back (trap 12)', async () => {
      const bucket = await server.createBucket();
      const version = await server.put(bucket, 'k', 'body');
      const deleted = await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
      assert.equal(deleted.DeleteMarker, true);
      assert.ok(deleted.VersionId);
      assert.equal((await failure(server.read(bucket, 'k'))).code, 'NoSuchKey');
      assert.equal(await server.read(bucket, 'k', version), 'body');
      const undeleted = await client.send(
        new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId: deleted.VersionId }),
      );
      assert.equal(undeleted.VersionId, deleted.VersionId);
      assert.equal(undeleted.DeleteMarker, true);
      assert.equal(await server.read(bucket, 'k'), 'body');
      assert.deepEqual(await ids(bucket), [`k ${version}`]);
    });

    test('deleting the current version exposes the one before (trap 12)', async () => {
      const bucket = await server.createBucket();
      const older = await server.put(bucket, 'k', 'older');
      const newer = await server.put(bucket, 'k', 'newer');
      await server.delete(bucket, 'k', newer);
      assert.equal(await server.read(bucket, 'k'), 'older');
      assert.deepEqual(
        (await server.listAll(bucket)).versions.map(({ versionId, isLatest }) => [versionId, isLatest]),
        [[older, true]],
      );
    });

    test('a key that never was gets a marker too', async () => {
      const bucket = await server.createBucket();
      const marker = await server.delete(bucket, 'never');
      assert.deepEqual(await ids(bucket), [`never ${marker}`]);
    });

    test('a key that is deleted already gets another marker', async () => {
      const bucket = await server.createBucket();
      const first = await server.delete(bucket, 'k');
      const second = await server.delete(bucket, 'k');
      const expected = server.differs('secondDeleteMakesNoMarker') ? [first] : [second, first];
      assert.deepEqual(
        await ids(bucket),
        expected.map((id) => `k ${id}`),
      );
    });

    test('a marker by its id cannot be read: 405', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body');
      const VersionId = await server.delete(bucket, 'k');
      const got = await failure(client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', VersionId })));
      const expected = server.differs('missingVersionsAreMissingKeys')
        ? { code: 'NoSuchKey', status: 404 }
        : { code: 'MethodNotAllowed', status: 405 };
      assert.deepEqual(got, expected);
      const head = await failure(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', VersionId })));
      assert.equal(head.status, expected.status);
    });

    test('deleting a version that is gone is a success', async () => {
      const bucket = await server.createBucket();
      const id = await server.put(bucket, 'k');
      await server.delete(bucket, 'k', id);
      const named = await server.delete(bucket, 'k', id);
      assert.equal(named, server.differs('deleteOfNothingNamesNoVersion') ? 'null' : id);
      assert.deepEqual(await ids(bucket), []);
    });

    test('ListObjectsV2 leaves out keys whose current version is a marker', async () => {
      const bucket = await server.createBucket();
      for (const key of ['a', 'b/x', 'c/x', 'd']) await server.put(bucket, key);
      for (const key of ['a', 'b/x']) await server.delete(bucket, key);
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/' }));
      assert.deepEqual(
        page.Contents?.map(({ Key }) => Key),
        ['d'],
      );
      assert.deepEqual(
        page.CommonPrefixes?.map(({ Prefix }) => Prefix),
        ['c/'],
      );
    });
  });

  describe('DeleteObjects', () => {
    test('deletes versions and makes markers in one request, and says which', async () => {
      const bucket = await server.createBucket();
      const version = await server.put(bucket, 'version');
      const kept = await server.put(bucket, 'marked');
      const answer = await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: [{ Key: 'version', VersionId: version }, { Key: 'marked' }] },
        }),
      );
      const byKey = new Map(answer.Deleted?.map((deleted) => [deleted.Key, deleted]));
      assert.equal(byKey.get('version')?.VersionId, version);
      assert.equal(byKey.get('marked')?.DeleteMarker, true);
      const marker = byKey.get('marked')?.DeleteMarkerVersionId;
      assert.deepEqual(await ids(bucket), [`marked ${marker}`, `marked ${kept}`]);
    });

    test('versions that are gone are among the deleted', async () => {
      const bucket = await server.createBucket();
      const id = await server.put(bucket, 'k');
      await server.delete(bucket, 'k', id);
      const answer = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: 'k', VersionId: id }] } }),
      );
      assert.deepEqual(answer.Errors ?? [], []);
      assert.deepEqual(
        answer.Deleted?.map(({ Key, VersionId }) => [Key, VersionId]),
        [['k', id]],
      );
    });

    test('quiet: nothing is said of what succeeded', async () => {
      const bucket = await server.createBucket();
      const id = await server.put(bucket, 'k');
      const answer = await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: [{ Key: 'k', VersionId: id }], Quiet: true },
        }),
      );
      assert.deepEqual([answer.Deleted ?? [], answer.Errors ?? []], [[], []]);
      assert.deepEqual(await ids(bucket), []);
    });

    for (const quiet of [false, true]) {
      test(`a locked version is an error of its key only${quiet ? ', in quiet mode too' : ''} (traps 13, 22)`, async () => {
        const bucket = await server.createBucket({ objectLock: true });
        const locked = await server.put(bucket, 'locked');
        const free = await server.put(bucket, 'free');
        const hold = (Status: 'ON' | 'OFF') =>
          client.send(
            new PutObjectLegalHoldCommand({
              Bucket: bucket,
              Key: 'locked',
              VersionId: locked,
              LegalHold: { Status },
            }),
          );
        await hold('ON');
        const answer = await client.send(
          new DeleteObjectsCommand({
            Bucket: bucket,
            Delete: {
              Quiet: quiet,
              Objects: [
                { Key: 'locked', VersionId: locked },
                { Key: 'free', VersionId: free },
              ],
            },
          }),
        );
        assert.deepEqual(
          answer.Errors?.map(({ Key, Code }) => [Key, Code]),
          [['locked', 'AccessDenied']],
        );
        assert.deepEqual(await ids(bucket), [`locked ${locked}`]);
        const alone = await failure(server.delete(bucket, 'locked', locked));
        assert.deepEqual(alone, { code: 'AccessDenied', status: 403 });
        await hold('OFF');
        await server.delete(bucket, 'locked', locked);
        assert.deepEqual(await ids(bucket), []);
      });
    }

    test('more than 1,000 keys are refused', async () => {
      const bucket = await server.createBucket();
      const Objects = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }));
      const request = client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
      const code = server.differs('refusalsOfXmlHaveNoCode') ? 'Unknown' : 'MalformedXML';
      assert.deepEqual(await failure(request), { code, status: 400 });
    });
  });
}
