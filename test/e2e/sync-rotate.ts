/** Rotating database dumps: a folder and a pattern, the last so many by name stay, here and in the bucket. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { countsOf, Feeder } from '../support/feeder.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createTestBucket } from '../support/test-bucket.ts';
import { etagByAwsCli, etagIn, keysIn, versionsOf, type SyncServer } from './sync-support.ts';

const mebibyte = 1024 ** 2;

export function testRotation(server: SyncServer): void {
  test('rotation of dumps', { timeout: 300_000 }, async (t) => {
    const { client, endpoint } = server;
    const Bucket = await createTestBucket(client);
    const site = { Name: 'dumps', Path: 'dumps', Bucket, Prefix: 'db', FilePattern: 'db-*.dump', Rotate: 3 };
    const feeder = new Feeder(tempDir(t), endpoint, [{ ...site, ChunkSizeBytes: 5 * mebibyte }]);
    for (const n of [1, 2, 3, 4, 5]) feeder.write(`dumps/db-${n}.dump`, `dump ${n}`);
    feeder.write('dumps/notes.txt');
    feeder.write('dumps/old/db-0.dump');
    const local = () => readdirSync(feeder.path('dumps')).sort();
    const kept = (...numbers: number[]) => numbers.map((n) => `db/db-${n}.dump`);

    await t.test('a dry run says what would happen, and changes nothing', async () => {
      const { changes, uploaded, filesDeleted } = await feeder.one(['--dry-run']);
      assert.deepEqual([uploaded, filesDeleted], [3, 2]);
      assert.deepEqual(
        changes?.map(({ action, key }) => `${action} ${key}`),
        [
          ...kept(3, 4, 5).map((key) => `upload ${key}`),
          'delete-file db/db-2.dump',
          'delete-file db/db-1.dump',
        ],
      );
      assert.deepEqual([await keysIn(client, Bucket), local().length], [[], 7]);
    });

    await t.test(
      'the last three by name are uploaded, older ones deleted here; others are left alone',
      async () => {
        const done = await feeder.one();
        assert.deepEqual(countsOf(done), { uploaded: 3, same: 0, deleted: 0, failed: 0 });
        assert.deepEqual(await keysIn(client, Bucket), kept(3, 4, 5));
        assert.deepEqual(local(), ['db-3.dump', 'db-4.dump', 'db-5.dump', 'notes.txt', 'old']);
      },
    );

    await t.test('a new one pushes the oldest out, here and there; the version stays', async () => {
      feeder.write('dumps/db-6.dump', 'dump 6');
      const done = await feeder.one();
      assert.deepEqual(countsOf(done), { uploaded: 1, same: 2, deleted: 1, failed: 0 });
      assert.deepEqual([await keysIn(client, Bucket), done.filesDeleted], [kept(4, 5, 6), 1]);
      assert.equal(existsSync(feeder.path('dumps/db-3.dump')), false);
      assert.equal(await versionsOf(client, Bucket, 'db/db-3.dump'), 2);
    });

    await t.test(
      'only what differs is uploaded: not a touched file, but one of the same size (trap 32)',
      async () => {
        feeder.write('dumps/db-5.dump', 'dump 5', Date.parse('2020-01-01'));
        feeder.write('dumps/db-6.dump', 'DUMP 6', Date.parse('2020-01-01'));
        assert.deepEqual(countsOf(await feeder.one()), { uploaded: 1, same: 2, deleted: 0, failed: 0 });
        feeder.write('dumps/db-6.dump', 'dump 6', Date.parse('2020-01-01'));
        assert.deepEqual(countsOf(await feeder.one()), { uploaded: 1, same: 2, deleted: 0, failed: 0 });
      },
    );

    await t.test('etags of multipart uploads are those of aws-cli', async (t) => {
      for (const [n, sizeBytes] of [5 * mebibyte - 1, 5 * mebibyte, 12 * mebibyte + 1].entries()) {
        const name = `dumps/db-${7 + n}.dump`;
        feeder.write(name, randomBytes(sizeBytes));
        assert.equal((await feeder.one()).uploaded, 1);
        const etag = await etagIn(client, Bucket, `db/db-${7 + n}.dump`);
        const parts = sizeBytes < 5 * mebibyte ? '' : `-${Math.ceil(sizeBytes / (5 * mebibyte))}`;
        assert.match(etag, new RegExp(`^[0-9a-f]{32}${parts}$`));
        const other = await createTestBucket(client);
        const byAwsCli = await etagByAwsCli(server, feeder.path(name), other, 5 * mebibyte);
        if (byAwsCli === undefined) t.diagnostic('SKIPPED: there is no /usr/bin/aws here');
        else assert.equal(etag, byAwsCli);
      }
      assert.deepEqual(await keysIn(client, Bucket), kept(7, 8, 9));
    });

    await t.test('without memory, multipart etags are computed and nothing is uploaded again', async () => {
      const done = await feeder.one(['--reset-cache']);
      assert.deepEqual(countsOf(done), { uploaded: 0, same: 3, deleted: 0, failed: 0 });
    });

    await t.test('objects without a file are deleted, but none that is not of the pattern', async () => {
      for (const Key of ['db/db-0.dump', 'db/other.txt', 'db/x/db-1.dump', 'elsewhere'])
        await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
      assert.equal((await feeder.one()).deleted, 1);
      assert.deepEqual(await keysIn(client, Bucket), [
        ...kept(7, 8, 9),
        'db/other.txt',
        'db/x/db-1.dump',
        'elsewhere',
      ]);
    });

    await t.test('where a dump could not be uploaded, no older one is deleted here', async () => {
      const missing = { ...site, Bucket: `${Bucket}-missing` };
      feeder.configure([missing]);
      feeder.write('dumps/db-a.dump');
      const { error } = await feeder.one([], 1);
      assert.equal(error?.code, 'BUCKET_MISSING');
      assert.ok(existsSync(feeder.path('dumps/db-7.dump')));
    });

    await t.test('Rotate 0 is refused', async () => {
      feeder.configure([{ ...site, Rotate: 0 }]);
      const { code, stderr } = await feeder.run(['sync']);
      assert.equal(code, 2);
      assert.match(stderr, /Rotate: expected how many files to keep, 1 or more; found 0/);
    });
  });
}
