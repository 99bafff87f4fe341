/** Mirroring a bucket into another: what is new or differs is copied, what is gone is tagged, and restores can leave that out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { startEmbedded } from '../support/embedded.ts';
import { countsOf, Feeder } from '../support/feeder.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createTestBucket, uniqueBucketName } from '../support/test-bucket.ts';
import { etagIn, keysIn, versionsOf, type SyncServer } from './sync-support.ts';

export function testMirror({ client, endpoint }: SyncServer): void {
  test('mirror of a bucket', { timeout: 300_000 }, async (t) => {
    const from = await createTestBucket(client, { prefix: 'from' });
    const to = await createTestBucket(client, { prefix: 'to' });
    const site = { Name: 'mirror', SourceBucket: from, SourceEndpoint: endpoint, ForcePathStyle: true };
    const folder = tempDir(t);
    const feeder = new Feeder(folder, endpoint, [{ ...site, Bucket: to, RetireDeleted: 'tag', Workers: 32 }]);
    const about = { ContentType: 'text/x-test', Metadata: { a: 'b' }, Tagging: 't=u' };
    const put = (Key: string, Body: string | Buffer) =>
      client.send(new PutObjectCommand({ Bucket: from, Key, Body, ...about }));
    const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket: to, Key }));
    const tagsIn = async (Bucket: string, Key: string): Promise<Record<string, string>> => {
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
      return Object.fromEntries(TagSet.map((tag) => [tag.Key ?? '', tag.Value ?? '']));
    };
    const keys = ['a', 'a//b', 'ä +%', 'dir/', 'dir/c', 'large'];
    for (const key of keys)
      await put(key, key === 'large' ? Buffer.alloc(6 * 1024 ** 2, 7) : `body of ${key}`);

    await t.test('a dry run says what would happen, and changes nothing', async () => {
      const { uploaded, changes } = await feeder.one(['--dry-run']);
      assert.deepEqual([uploaded, changes?.length], [keys.length, keys.length]);
      assert.deepEqual(await keysIn(client, to), []);
    });

    await t.test(
      'everything comes over, with metadata and tags, and nothing through this machine',
      async () => {
        const done = await feeder.one();
        assert.deepEqual(countsOf(done), { uploaded: keys.length, same: 0, deleted: 0, failed: 0 });
        assert.equal(done.bytes, 0);
        assert.deepEqual((await keysIn(client, to)).sort(), keys.toSorted());
        const { ContentType, Metadata } = await head('ä +%');
        assert.deepEqual([ContentType, Metadata], ['text/x-test', { a: 'b' }]);
        assert.deepEqual(await tagsIn(to, 'ä +%'), { t: 'u' });
        assert.equal(await etagIn(client, to, 'large'), await etagIn(client, from, 'large'));
      },
    );

    await t.test('what is unchanged is not copied again; nor where nothing is remembered of it', async () => {
      await feeder.one();
      assert.deepEqual(countsOf(await feeder.one()), { uploaded: 0, same: 6, deleted: 0, failed: 0 });
      assert.deepEqual(countsOf(await feeder.one(['--reset-cache'])), {
        uploaded: 0,
        same: 6,
        deleted: 0,
        failed: 0,
      });
    });

    await t.test(
      'what is new, of another size or another time is copied, metadata alone too (trap 14)',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 1100));
        await put('new', 'new');
        await put('a', 'longer than before');
        await client.send(
          new CopyObjectCommand({
            Bucket: from,
            Key: 'dir/c',
            CopySource: `${from}/dir/c`,
            MetadataDirective: 'REPLACE',
            Metadata: { other: 'metadata' },
          }),
        );
        const done = await feeder.one();
        assert.deepEqual(countsOf(done), { uploaded: 3, same: 4, deleted: 0, failed: 0 });
        assert.deepEqual((await head('dir/c')).Metadata, { other: 'metadata' });
        assert.ok((await versionsOf(client, to, 'a')) >= 2);
      },
    );

    await t.test('what is deleted is tagged once, with the time, and stays', async () => {
      await client.send(new DeleteObjectCommand({ Bucket: from, Key: 'dir/c' }));
      const done = await feeder.one();
      assert.deepEqual([done.tagged, done.deleted, done.failed], [1, 0, 0]);
      const { Deleted, DeletedAt = '' } = await tagsIn(to, 'dir/c');
      assert.equal(Deleted, 'True');
      assert.match(DeletedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
      assert.equal((await feeder.one()).tagged, 0);
      await feeder.one(['--reset-cache']);
      assert.equal((await tagsIn(to, 'dir/c'))['DeletedAt'], DeletedAt);
    });

    await t.test('a restore into a new bucket leaves it out where asked to', async () => {
      const machine = new Site(folder, { endpoint, master: to, slave: to });
      await machine.json(['snapshot']);
      const rescue = uniqueBucketName('rescue');
      await machine.json(['restore', 'latest', '--to-bucket', rescue, '--exclude-tag', 'Deleted=True']);
      const restored = await keysIn(client, rescue);
      assert.ok(restored.includes('new') && !restored.includes('dir/c'));
      await machine.json(['restore', 'latest', '--to-bucket', rescue]);
      assert.ok((await keysIn(client, rescue)).includes('dir/c'));
    });

    await t.test('what is there again is copied again, without the tag', async () => {
      await put('dir/c', 'again');
      assert.equal((await feeder.one()).uploaded, 1);
      assert.deepEqual(await tagsIn(to, 'dir/c'), { t: 'u' });
    });

    await t.test('a source that is gone or empty deletes nothing', async () => {
      feeder.configure([
        { ...site, SourceBucket: uniqueBucketName('none'), Bucket: to, RetireDeleted: true },
      ]);
      assert.match((await feeder.sync([], 4)).sites[0]?.error?.message ?? '', /is not there/);
      const empty = await createTestBucket(client, { prefix: 'empty' });
      feeder.configure([{ ...site, SourceBucket: empty, Bucket: to, RetireDeleted: true }]);
      assert.equal((await feeder.sync([], 4)).sites[0]?.error?.code, 'REFUSED');
      assert.equal((await keysIn(client, to)).length, 7);
    });

    await t.test(
      'with a window, only what was modified in it is copied, the rest left as it is',
      async () => {
        const old = await createTestBucket(client, { prefix: 'window' });
        const windowMs = 12_000;
        const sites = [{ ...site, SourceBucket: old, Bucket: to, Prefix: 'window', RetireDeleted: true }];
        feeder.configure(sites.map((each) => ({ ...each, ModifiedWithinHours: windowMs / 3_600_000 })));
        await client.send(new PutObjectCommand({ Bucket: old, Key: 'old', Body: 'old' }));
        await new Promise((resolve) => setTimeout(resolve, windowMs));
        await client.send(new PutObjectCommand({ Bucket: old, Key: 'new', Body: 'new' }));
        const done = await feeder.one();
        assert.deepEqual([done.uploaded, done.deleted], [1, 0]);
        feeder.configure(sites);
        assert.deepEqual(countsOf(await feeder.one()), { uploaded: 1, same: 1, deleted: 0, failed: 0 });
      },
    );

    await t.test('another store gets everything through this machine, with what belongs to it', async () => {
      const elsewhere = await startEmbedded();
      t.after(() => elsewhere.stop());
      const [source, there] = await Promise.all([
        createTestBucket(client),
        createTestBucket(elsewhere.client),
      ]);
      const sizeBytes = 20 * 1024 ** 2;
      for (const [Key, Body] of Object.entries({ small: 'small', large: Buffer.alloc(sizeBytes, 7) }))
        await client.send(new PutObjectCommand({ Bucket: source, Key, Body, ...about }));
      feeder.configure([
        { ...site, SourceBucket: source, Bucket: there, Endpoint: elsewhere.server.endpoint },
      ]);
      const done = await feeder.one();
      assert.deepEqual([done.uploaded, done.failed, done.bytes], [2, 0, sizeBytes + 5]);
      const got = [...elsewhere.server.buckets.versions(there)];
      assert.deepEqual(
        got.map((version) => [version.key, version.sizeBytes, version.metadata, version.tags]),
        [
          ['large', sizeBytes, about.Metadata, { t: 'u' }],
          ['small', 5, about.Metadata, { t: 'u' }],
        ],
      );
      assert.equal((await feeder.one()).uploaded, 0);
    });

    await t.test('prefixes of both sides; several mirrors leave each other alone', async () => {
      const both = await createTestBucket(client, { prefix: 'both' });
      feeder.configure([
        { ...site, Name: 'one', SourcePrefix: 'dir/', Bucket: both, Prefix: 'one', RetireDeleted: true },
        { ...site, Name: 'two', Bucket: both, Prefix: 'two', Exclude: ['^a'], RetireDeleted: true },
      ]);
      await feeder.sync();
      const expected = ['one/c', 'two/dir/', 'two/dir/c', 'two/large', 'two/new', 'two/ä +%'];
      assert.deepEqual(await keysIn(client, both), expected);
      assert.deepEqual(
        (await feeder.sync()).sites.map(({ deleted }) => deleted),
        [0, 0],
      );
    });
  });
}
