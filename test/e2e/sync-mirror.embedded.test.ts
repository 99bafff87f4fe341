/** What a mirror does that takes a server of one's own: archives, refusals; and snapshots of what was mirrored first. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test, type TestContext } from 'node:test';
import { startEmbedded } from '../support/embedded.ts';
import { Feeder } from '../support/feeder.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';
import { uniqueBucketName } from '../support/test-bucket.ts';

const { server: s3, stop } = await startEmbedded();
after(() => stop());

function bucketPair(): { from: string; to: string } {
  const pair = { from: uniqueBucketName('from'), to: uniqueBucketName('to') };
  s3.buckets.create(pair.from);
  s3.buckets.create(pair.to);
  return pair;
}

function mirror(t: TestContext, { from, to }: { from: string; to: string }): Feeder {
  const source = { SourceBucket: from, SourceEndpoint: s3.endpoint, ForcePathStyle: true };
  return new Feeder(tempDir(t), s3.endpoint, [{ Name: 'mirror', ...source, Bucket: to }]);
}

test(
  'what is archived, or may not be read, is a listed failure; the rest comes over',
  { timeout: 60_000 },
  async (t) => {
    const pair = bucketPair();
    s3.buckets.putVersion(pair.from, { key: 'archived', body: 'x', storageClass: 'GLACIER' });
    for (const key of ['a', 'b', 'secret']) s3.buckets.putVersion(pair.from, { key, body: key });
    const fault = s3.faults.add({ kind: 'access-denied', bucket: pair.from, key: 'secret' });
    t.after(() => s3.faults.remove(fault.id));
    const done = await mirror(t, pair).one([], 3);
    assert.equal(done.uploaded, 2);
    assert.deepEqual(done.failures.map(({ key, code }) => `${key} ${code}`).sort(), [
      'archived InvalidObjectState',
      'secret AccessDenied',
    ]);
  },
);

test(
  'snapshot --sync-first mirrors, then snapshots; not where nothing could be mirrored',
  { timeout: 120_000 },
  async (t) => {
    const pair = bucketPair();
    const site = new Site(tempDir(t), { endpoint: s3.endpoint, master: pair.from, slave: pair.to });
    const withSites = (Sites: object[]) => {
      const config = JSON.parse(readFileSync(site.configPath, 'utf8')) as object;
      writeFileSync(site.configPath, JSON.stringify({ ...config, StateDir: site.snapshotsDir, Sites }));
    };
    const missing = await site.run(['snapshot', '--sync-first', '--json']);
    assert.equal(missing.code, 2, missing.stderr);
    assert.match(missing.stdout, /No site brings anything into/);

    const credentials = { AccessKey: 'test', SecretKey: 'testsecret' };
    const ofMirror = { Name: 'mirror', SourceBucket: pair.from, SourceEndpoint: s3.endpoint, ...credentials };
    const sites = [{ ...ofMirror, Bucket: pair.to, Endpoint: s3.endpoint, ForcePathStyle: true }];
    withSites(sites);
    for (const key of ['a', 'b']) s3.buckets.putVersion(pair.from, { key, body: key });
    const { keys } = await site.json<{ keys: number }>(['snapshot', '--sync-first']);
    assert.equal(keys, 2);

    s3.buckets.putVersion(pair.from, { key: 'c', body: 'c' });
    const fault = s3.faults.add({ kind: 'access-denied', bucket: pair.from, key: 'c' });
    const partial = await site.run(['snapshot', '--sync-first']);
    s3.faults.remove(fault.id);
    assert.equal(partial.code, 3, partial.stderr);
    const list = await site.json<{ tags: Record<string, string> }[]>(['list-snapshots']);
    assert.deepEqual(
      list.map(({ tags }) => tags),
      [{}, { sync: 'partial' }],
    );

    withSites(sites.map((each) => ({ ...each, SourceBucket: uniqueBucketName('none') })));
    const refused = await site.run(['snapshot', '--sync-first']);
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /No snapshot was taken, as site mirror was not synced/);
    assert.equal((await site.json<unknown[]>(['list-snapshots'])).length, 2);
  },
);
