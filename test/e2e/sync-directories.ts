/** Directories into buckets: many sites, some in one bucket, each with its own rules. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { countsOf, Feeder } from '../support/feeder.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createTestBucket } from '../support/test-bucket.ts';
import { keysIn, versionsOf, type SyncServer } from './sync-support.ts';

export function testDirectories({ client, endpoint, storageClass }: SyncServer): void {
  test('sites under several prefixes of one bucket', { timeout: 300_000 }, async (t) => {
    const Bucket = await createTestBucket(client);
    const first = { Name: 'first', Path: 'one', Bucket, Prefix: 'a', RetireDeleted: true };
    const second = { Name: 'second', Path: 'two', Bucket, Prefix: 'ab', Exclude: ['\\.tmp$', '^cache/'] };
    const feeder = new Feeder(tempDir(t), endpoint, [first, second]);
    // In the order of keys "x.txt" comes before "x/y", and "x-y" before both.
    for (const name of ['x/y', 'x.txt', 'x-y', 'ü/\u{1F600}', 'ü/\uffee', 'a b+c%'])
      feeder.write(`one/${name}`);
    for (const name of ['keep', 'drop.tmp', 'cache/drop', 'deep/cache/keep']) feeder.write(`two/${name}`);
    const ofFirst = ['a/a b+c%', 'a/x-y', 'a/x.txt', 'a/x/y', 'a/ü/\uffee', 'a/ü/\u{1F600}'];
    const ofSecond = ['ab/deep/cache/keep', 'ab/keep'];

    await t.test('each brings its own, without what it excludes', async () => {
      const { sites } = await feeder.sync();
      assert.deepEqual(
        sites.map((each) => [each.site, countsOf(each)]),
        [
          ['first', { uploaded: 6, same: 0, deleted: 0, failed: 0 }],
          ['second', { uploaded: 2, same: 0, deleted: 0, failed: 0 }],
        ],
      );
      assert.deepEqual(await keysIn(client, Bucket), [...ofFirst, ...ofSecond]);
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a/x/y' }));
      assert.equal(await Body?.transformToString(), 'one/x/y');
    });

    await t.test('none deletes what is another one’s (trap 8)', async () => {
      feeder.remove('one/x');
      feeder.remove('two/keep');
      const { sites } = await feeder.sync(['first']);
      assert.deepEqual(countsOf(sites[0]!), { uploaded: 0, same: 5, deleted: 1, failed: 0 });
      assert.deepEqual((await feeder.sync(['second'])).sites.map(countsOf), [
        { uploaded: 0, same: 1, deleted: 0, failed: 0 },
      ]);
      const left = ofFirst.filter((key) => key !== 'a/x/y');
      assert.deepEqual(await keysIn(client, Bucket), [...left, ...ofSecond]);
      assert.equal(await versionsOf(client, Bucket, 'a/x/y'), 2);
    });

    await t.test('what is gone is tagged where the site says so, and comes back untagged', async () => {
      feeder.configure([{ ...first, RetireDeleted: 'tag' }]);
      feeder.remove('one/x.txt');
      const Key = 'a/x.txt';
      assert.equal((await feeder.one()).tagged, 1);
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
      const tags = new Map(TagSet.map((tag) => [tag.Key, tag.Value]));
      assert.equal(tags.get('Deleted'), 'True');
      assert.match(tags.get('DeletedAt') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
      assert.equal((await feeder.one()).tagged, 0);
      feeder.write('one/x.txt', 'one/x.txt');
      assert.equal((await feeder.one()).uploaded, 1);
      const again = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
      assert.deepEqual(again.TagSet ?? [], []);
    });

    await t.test('another storage class is a difference, once', async () => {
      feeder.configure([{ ...first, StorageClass: storageClass }]);
      const expected = storageClass === 'STANDARD' ? 0 : 5;
      assert.equal((await feeder.one()).uploaded, expected);
      const { StorageClass = 'STANDARD' } = await client.send(
        new HeadObjectCommand({ Bucket, Key: 'a/x-y' }),
      );
      assert.equal(StorageClass, storageClass);
      assert.deepEqual(countsOf(await feeder.one()), { uploaded: 0, same: 5, deleted: 0, failed: 0 });
    });

    await t.test('a file whose content changed while size and time did not (trap 32)', async () => {
      feeder.configure([first]);
      const old = Date.parse('2020-01-01');
      feeder.write('one/same-size', 'before', old);
      assert.equal((await feeder.one()).uploaded, 1);
      feeder.write('one/same-size', 'after!', old);
      assert.equal((await feeder.one()).uploaded, 1);
    });

    await t.test('symbolic links are skipped, followed or stored, as the site says', async () => {
      feeder.write('elsewhere/inner');
      mkdirSync(feeder.path('one/sub'));
      symlinkSync(feeder.path('elsewhere'), feeder.path('one/sub/link'));
      symlinkSync('..', feeder.path('one/sub/up'));
      const skipping = await feeder.one();
      assert.deepEqual(skipping.skips.map(({ key, code }) => `${key} ${code}`).sort(), [
        'a/sub/link SYMLINK',
        'a/sub/up SYMLINK',
      ]);
      feeder.configure([{ ...first, Symlinks: 'follow' }]);
      const following = await feeder.one();
      assert.deepEqual([following.uploaded, following.skips.map(({ code }) => code)], [1, ['CIRCLE']]);
      assert.ok((await keysIn(client, Bucket)).includes('a/sub/link/inner'));
      feeder.configure([{ ...first, Symlinks: 'store' }]);
      assert.deepEqual(countsOf(await feeder.one()), { uploaded: 2, same: 6, deleted: 1, failed: 0 });
      const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket, Key: 'a/sub/up' }));
      assert.deepEqual([await Body?.transformToString(), ContentType], ['..', 'inode/symlink']);
      assert.deepEqual(countsOf(await feeder.one()), { uploaded: 0, same: 8, deleted: 0, failed: 0 });
    });

    await t.test('names that are not UTF-8 are reported, and none stops the rest', async () => {
      feeder.configure([first]);
      const { writeFileSync } = await import('node:fs');
      writeFileSync(Buffer.concat([Buffer.from(feeder.path('one/')), Buffer.from([0x66, 0xff])]), 'x');
      feeder.write('one/new');
      const { uploaded, failures, failed } = await feeder.one([], 3);
      assert.deepEqual([uploaded, failed, failures[0]?.code], [1, 1, 'NOT_UTF8']);
    });
  });
}
