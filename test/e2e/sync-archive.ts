/** Archiving image folders: each into a bucket of its own, made when it is first needed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3';
import { countsOf, Feeder } from '../support/feeder.ts';
import { tempDir } from '../support/temp-dir.ts';
import { keysIn, versionsOf, type SyncServer } from './sync-support.ts';

export function testArchive({ client, endpoint, storageClass }: SyncServer): void {
  test('archive of image folders', { timeout: 300_000 }, async (t) => {
    const folder = tempDir(t);
    const unique = createHash('sha256').update(folder).digest('hex').slice(0, 8);
    const site = {
      Name: 'images',
      Folders: ['Some Album'],
      Roots: ['root'],
      BucketPerFolder: `images-${unique}--{folder}`,
      StorageClass: storageClass,
      NoncurrentExpirationDays: 180,
      RetireDeleted: true,
    };
    const feeder = new Feeder(folder, endpoint, [site]);
    const buckets = ['some-album', 'album-2', 'album-3'].map((name) => `images-${unique}--${name}`);
    const [album, second, third] = buckets as [string, string, string];
    const keyOf = (name: string) => feeder.path(name).slice(1);
    feeder.write('Some Album/1.jpg');
    feeder.write('Some Album/sub/2.jpg');
    feeder.write('root/Album_2/3.jpg');
    feeder.write('root/no folder.jpg');
    const isThere = (Bucket: string) =>
      client.send(new HeadBucketCommand({ Bucket })).then(
        () => true,
        () => false,
      );

    await t.test('a dry run makes no bucket', async () => {
      assert.equal((await feeder.one(['--dry-run'])).uploaded, 3);
      assert.deepEqual(await Promise.all(buckets.map(isThere)), [false, false, false]);
    });

    await t.test('each folder gets a bucket, versioned, whose noncurrent versions expire', async () => {
      assert.deepEqual(countsOf(await feeder.one()), { uploaded: 3, same: 0, deleted: 0, failed: 0 });
      assert.deepEqual(await keysIn(client, album), [
        keyOf('Some Album/1.jpg'),
        keyOf('Some Album/sub/2.jpg'),
      ]);
      assert.deepEqual(await keysIn(client, second), [keyOf('root/Album_2/3.jpg')]);
      for (const Bucket of [album, second]) {
        const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
        assert.equal(Status, 'Enabled');
        const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
        assert.deepEqual(
          Rules.map((rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays),
          [180],
        );
      }
      const Key = keyOf('Some Album/1.jpg');
      const { StorageClass = 'STANDARD' } = await client.send(new HeadObjectCommand({ Bucket: album, Key }));
      assert.equal(StorageClass, storageClass);
    });

    await t.test(
      'a new subfolder of a root gets one with its first file; an empty one gets none',
      async () => {
        const { mkdirSync } = await import('node:fs');
        mkdirSync(feeder.path('root/Album_3'));
        assert.equal((await feeder.one()).uploaded, 0);
        assert.equal(await isThere(third), false);
        feeder.write('root/Album_3/4.jpg');
        assert.deepEqual(countsOf(await feeder.one()), { uploaded: 1, same: 3, deleted: 0, failed: 0 });
        assert.deepEqual(await keysIn(client, third), [keyOf('root/Album_3/4.jpg')]);
      },
    );

    await t.test('files gone here are deleted there, as versions they stay', async () => {
      feeder.remove('Some Album/1.jpg');
      feeder.write('Some Album/sub/2.jpg', 'changed');
      assert.deepEqual(countsOf(await feeder.one()), { uploaded: 1, same: 2, deleted: 1, failed: 0 });
      assert.deepEqual(await keysIn(client, album), [keyOf('Some Album/sub/2.jpg')]);
      assert.equal(await versionsOf(client, album, keyOf('Some Album/1.jpg')), 2);
    });

    await t.test('a folder that is gone as a whole keeps its bucket', async () => {
      feeder.remove('root/Album_2');
      assert.equal((await feeder.one()).deleted, 0);
      assert.equal((await keysIn(client, second)).length, 1);
      feeder.remove('Some Album');
      const { error } = await feeder.one([], 4);
      assert.equal(error?.code, 'REFUSED');
      assert.equal((await keysIn(client, album)).length, 1);
    });
  });
}
