/** Restores into other stores, other accounts, and buckets that are not there yet; and what copies carry. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { RestoreResult } from '../../src/restore/restore.ts';
import { startEmbedded } from '../support/embedded.ts';
import { keyOf, liveEtags, pairFor, requestsOf } from './restore-support.ts';

const mebibyte = 1024 ** 2;
const about = {
  headers: { 'content-type': 'text/x-test', 'x-amz-website-redirect-location': '/elsewhere' },
  metadata: { a: 'b' },
  tags: { t: 'u' },
};
const { server: s3, stop } = await startEmbedded();
const { server: s3Elsewhere, stop: stopElsewhere } = await startEmbedded();
after(() => Promise.all([stop(), stopElsewhere()]));

describe('another store', () => {
  test(
    'gets everything through us, also under faults, and nothing twice',
    { timeout: 120_000 },
    async (t) => {
      const pair = pairFor(t, s3, { MasterEndpoint: s3Elsewhere.endpoint });
      s3Elsewhere.buckets.create(pair.master);
      for (let i = 0; i < 100; i++)
        s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: `${i}`.repeat(i * 10), ...about });
      s3.buckets.putVersion(pair.slave, {
        key: 'large',
        sizeBytes: 40 * mebibyte + 1,
        fillByte: 3,
        ...about,
      });
      await pair.site.json(['snapshot']);
      const faults = (['status', 'reset-before', 'reset-after', 'error-in-200', 'cut-body'] as const).flatMap(
        (kind) => [
          // A store that answers GetObject so is caught by size and MD5; no retry makes it right.
          s3.faults.add({
            kind,
            operation: kind === 'error-in-200' ? 'GetObjectTagging' : 'GetObject',
            rate: 0.03,
          }),
          s3Elsewhere.faults.add({
            kind,
            operation: ['PutObject', 'UploadPart', 'CompleteMultipartUpload'],
            rate: 0.03,
          }),
        ],
      );
      const result = await pair.site.json<RestoreResult>(['restore', 'latest']);
      assert.ok(faults.length > 0);
      s3.faults.clear();
      s3Elsewhere.faults.clear();
      assert.deepEqual([result.copied, result.failed], [101, 0]);
      const restored = [...s3Elsewhere.buckets.versions(pair.master)].filter(({ isLatest }) => isLatest);
      assert.equal(restored.length, 101);
      for (const version of restored) {
        assert.deepEqual(
          [version.headers, version.metadata, version.tags],
          [about.headers, about.metadata, about.tags],
        );
      }
      const wanted = liveEtags(s3, pair.slave);
      const got = liveEtags(s3Elsewhere, pair.master);
      assert.match(got.get('large') ?? '', /-3$/);
      wanted.delete('large');
      got.delete('large');
      assert.deepEqual(got, wanted);
      const again = await pair.site.json<RestoreResult>(['restore', 'latest']);
      assert.deepEqual([again.plan.same, again.copied], [101, 0]);
    },
  );

  test('credentials that cannot read the slave: through us', async (t) => {
    const pair = pairFor(t, s3, {
      SlaveAccessKey: 'test',
      SlaveSecretKey: 'testsecret',
      AccessKey: 'test',
      SecretKey: 'testsecret',
    });
    for (let i = 0; i < 10; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: `${i}` });
    await pair.site.json(['snapshot']);
    const denied = s3.faults.add({ kind: 'access-denied', operation: 'CopyObject', bucket: pair.master });
    t.after(() => s3.faults.remove(denied.id));
    await pair.site.json(['restore', 'latest'], 3);
    const { readFileSync, writeFileSync } = await import('node:fs');
    // The same in effect, but named anew: as far as anybody can tell they may be another account's.
    const config = JSON.parse(readFileSync(pair.site.configPath, 'utf8')) as {
      BackupSet: Record<string, unknown>;
    };
    delete config.BackupSet['AccessKey'];
    delete config.BackupSet['SecretKey'];
    writeFileSync(pair.site.configPath, JSON.stringify(config));
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret' };
    const done = await pair.site.run(['restore', 'latest'], { env });
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(liveEtags(s3, pair.master), liveEtags(s3, pair.slave));
  });
});

test('a bucket that is missing is made, with versioning on; a dry run makes none', async (t) => {
  const pair = pairFor(t, s3);
  s3.buckets.putVersion(pair.slave, { key: 'k', body: 'x' });
  await pair.site.json(['snapshot']);
  const bucket = `${pair.master}-rescue`;
  const args = ['restore', 'latest', '--to-bucket', bucket];
  const dry = await pair.site.json<RestoreResult>([...args, '--dry-run']);
  assert.equal(dry.plan.copy, 1);
  assert.equal(s3.requests.entries.filter(({ operation }) => operation === 'CreateBucket').length, 0);
  await pair.site.json(args);
  assert.deepEqual([...liveEtags(s3, bucket).keys()], ['k']);
  assert.equal(requestsOf(s3, 'PutBucketVersioning', bucket).length, 1);
});

describe('what a copy carries', () => {
  const encrypted = {
    ...about,
    headers: {
      ...about.headers,
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    },
    storageClass: 'STANDARD_IA',
  };

  for (const sizeBytes of [1000, 6 * 1024 ** 3]) {
    test(`of ${sizeBytes} bytes, --exact: encryption and redirect too`, { timeout: 60_000 }, async (t) => {
      const pair = pairFor(t, s3);
      s3.buckets.putVersion(pair.slave, { key: 'k', sizeBytes, fillByte: 7, ...encrypted });
      await pair.site.json(['snapshot']);
      await pair.site.json(['restore', 'latest', '--exact']);
      const [made] = [...s3.buckets.versions(pair.master)];
      assert.deepEqual(
        [made?.headers, made?.metadata, made?.tags],
        [encrypted.headers, about.metadata, about.tags],
      );
      assert.equal(made?.storageClass, 'STANDARD_IA');
      const again = await pair.site.json<RestoreResult>(['restore', 'latest', '--exact']);
      assert.equal(again.copied, 0);
    });
  }

  test('in parts where that is asked for, with another etag, and once', async (t) => {
    const pair = pairFor(t, s3);
    for (const [key, sizeMib] of [
      ['k', 64],
      ['large', 200],
    ] as const)
      s3.buckets.putVersion(pair.slave, { key, sizeBytes: sizeMib * mebibyte, fillByte: 7, ...about });
    await pair.site.json(['snapshot']);
    const args = ['restore', 'latest', '--parts-above', '64'];
    const dry = await pair.site.json<RestoreResult>([...args, '--dry-run']);
    await pair.site.json(args);
    const sent = ['CopyObject', 'UploadPartCopy'].map((each) => requestsOf(s3, each, pair.master).length);
    assert.deepEqual(sent, [1, 4]);
    assert.equal(dry.plan.estimate.requests, 1 + 4 + 4);
    const etags = liveEtags(s3, pair.master);
    assert.equal(etags.get('k'), liveEtags(s3, pair.slave).get('k'));
    assert.match(etags.get('large') ?? '', /-4$/);
    const again = await pair.site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([again.plan.same, again.copied], [2, 0]);
  });

  test('storage class and encryption that were asked for, once', async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'k', body: 'x', ...about });
    await pair.site.json(['snapshot']);
    const args = [
      'restore',
      'latest',
      '--storage-class',
      'GLACIER_IR',
      '--sse',
      'aws:kms',
      '--sse-kms-key-id',
      'key-2',
    ];
    await pair.site.json([...args, '--checksum-algorithm', 'SHA256']);
    const [made] = [...s3.buckets.versions(pair.master)];
    assert.equal(made?.storageClass, 'GLACIER_IR');
    assert.equal(made.headers['x-amz-server-side-encryption-aws-kms-key-id'], 'key-2');
    const [copy] = requestsOf(s3, 'CopyObject', pair.master);
    assert.equal(copy?.headers['x-amz-checksum-algorithm'], 'SHA256');
    const again = await pair.site.json<RestoreResult>(args);
    assert.equal(again.copied, 0);
  });
});
