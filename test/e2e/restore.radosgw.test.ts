/** Restores out of and into a real object store: to a directory, and between it and another store. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { RestoreResult } from '../../src/restore/restore.ts';
import { startEmbedded, testClient } from '../support/embedded.ts';
import { describeOnRadosgw } from '../support/radosgw.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createTestBucket } from '../support/test-bucket.ts';

const mebibyte = 1024 ** 2;
const objects = new Map([
  ['empty', Buffer.alloc(0)],
  ['a b/ü+%.bin', randomBytes(5 * mebibyte)],
  ['large', randomBytes(20 * mebibyte + 1)],
]);

async function fill(client: S3Client): Promise<string> {
  const Bucket = await createTestBucket(client);
  for (const [Key, Body] of objects) {
    const about = {
      ContentType: 'text/x',
      CacheControl: 'max-age=1',
      Metadata: { a: 'b c' },
      Tagging: 't%20u=v',
    };
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ...about }));
  }
  return Bucket;
}

async function assertIn(client: S3Client, Bucket: string): Promise<void> {
  for (const [Key, body] of objects) {
    const got = await client.send(new GetObjectCommand({ Bucket, Key }));
    const bytes = await got.Body?.transformToByteArray();
    assert.equal(md5(bytes ?? Buffer.alloc(0)), md5(body), Key);
    assert.deepEqual(
      [got.ContentType, got.CacheControl, got.Metadata],
      ['text/x', 'max-age=1', { a: 'b c' }],
    );
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
    assert.deepEqual(TagSet, [{ Key: 't u', Value: 'v' }]);
  }
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

await describeOnRadosgw('restores on radosgw', (endpoint) => {
  test('into a directory, and into another store and back', { timeout: 240_000 }, async (t) => {
    await using embedded = await startEmbedded();
    const here = testClient(endpoint, { maxAttempts: 5 });
    t.after(() => here.destroy());
    const slave = await fill(here);
    const there = await createTestBucket(embedded.client);
    const elsewhere = { MasterEndpoint: embedded.server.endpoint };
    const out = new Site(tempDir(t), { endpoint, master: there, slave, set: elsewhere });
    await out.json(['snapshot']);
    const directory = join(tempDir(t), 'd');
    await out.json(['restore', 'latest', '--to-dir', directory, '--verify']);
    for (const [key, body] of objects) assert.equal(md5(readFileSync(join(directory, key))), md5(body), key);
    await out.json(['restore', 'latest', '--verify']);
    await assertIn(embedded.client, there);

    const master = `${slave}-new`;
    const set = { MasterEndpoint: endpoint };
    const back = new Site(tempDir(t), { endpoint: embedded.server.endpoint, master, slave: there, set });
    await back.json(['snapshot']);
    await back.json(['restore', 'latest', '--verify']);
    await assertIn(here, master);
    const again = await back.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([again.plan.same, again.copied], [objects.size, 0]);
  });

  test('with the ACLs of the versions', { timeout: 120_000 }, async (t) => {
    const client = testClient(endpoint, { maxAttempts: 5 });
    t.after(() => client.destroy());
    const slave = await fill(client);
    for (const Key of ['a b/ü+%.bin', 'large'])
      await client.send(new PutObjectAclCommand({ Bucket: slave, Key, ACL: 'public-read' }));
    const master = `${slave}-new`;
    const site = new Site(tempDir(t), { endpoint, master, slave });
    await site.json(['snapshot']);
    await site.json(['restore', 'latest', '--acl', '--verify']);
    await assertIn(client, master);
    const granted = async (Bucket: string) => {
      const found: Record<string, unknown> = {};
      for (const Key of objects.keys()) {
        const { Owner, Grants = [] } = await client.send(new GetObjectAclCommand({ Bucket, Key }));
        found[Key] = [Owner?.ID, ...Grants.map((each) => JSON.stringify(each)).sort()];
      }
      return found;
    };
    const wanted = await granted(slave);
    assert.equal((wanted['large'] as unknown[]).length, 3);
    assert.deepEqual(await granted(master), wanted);
    await client.send(new PutObjectAclCommand({ Bucket: master, Key: 'large', ACL: 'private' }));
    const again = await site.json<RestoreResult>(['restore', 'latest', '--acl']);
    assert.deepEqual([again.plan.same, again.copied], [objects.size - 1, 1]);
    assert.deepEqual(await granted(master), wanted);
  });
});
