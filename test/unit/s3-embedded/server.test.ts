import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { ManualClock } from '../../../src/s3-embedded/index.ts';
import { startEmbedded } from '../../support/embedded.ts';

const GIB = 1024 ** 3;

test('times come from its clock: Date, LastModified cut to the second (traps 3, 4)', async () => {
  const clock = new ManualClock(Date.UTC(2030, 4, 6, 7, 8, 9, 750));
  await using embedded = await startEmbedded({ clock });
  embedded.server.buckets.create('b');
  embedded.server.buckets.putVersion('b', { key: 'k' });
  const answer = await fetch(embedded.server.endpoint);
  assert.equal(answer.headers.get('date'), 'Mon, 06 May 2030 07:08:09 GMT');
  const listed = await embedded.client.send(new ListObjectVersionsCommand({ Bucket: 'b' }));
  assert.equal(listed.Versions?.[0]?.LastModified?.toISOString(), '2030-05-06T07:08:09.000Z');
});

test('milliseconds where they are asked for, as radosgw gives them (trap 33)', async () => {
  const clock = new ManualClock(Date.UTC(2030, 4, 6, 7, 8, 9, 5));
  await using embedded = await startEmbedded({ clock, secondsOnly: false });
  embedded.server.buckets.create('b');
  embedded.server.buckets.putVersion('b', { key: 'k' });
  const listed = await embedded.client.send(new ListObjectVersionsCommand({ Bucket: 'b' }));
  assert.equal(listed.Versions?.[0]?.LastModified?.toISOString(), '2030-05-06T07:08:09.005Z');
});

test('a copy takes 5 GiB at most, part copies go on from there (trap 15)', async () => {
  await using embedded = await startEmbedded();
  const { server, client } = embedded;
  server.buckets.create('b');
  server.buckets.putVersion('b', { key: 'huge', sizeBytes: 6 * GIB, fillByte: 1 });
  const target = { Bucket: 'b', Key: 'copy' };
  const whole = client.send(new CopyObjectCommand({ ...target, CopySource: 'b/huge' }));
  await assert.rejects(whole, { name: 'InvalidRequest' });
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  for (const [i, CopySourceRange] of [
    `bytes=0-${5 * GIB - 1}`,
    `bytes=${5 * GIB}-${6 * GIB - 1}`,
  ].entries()) {
    await client.send(
      new UploadPartCopyCommand({
        ...target,
        UploadId,
        PartNumber: i + 1,
        CopySource: 'b/huge',
        CopySourceRange,
      }),
    );
  }
  const { Parts } = await client.send(new ListPartsCommand({ ...target, UploadId }));
  assert.deepEqual(
    Parts?.map(({ Size }) => Size),
    [5 * GIB, GIB],
  );
});

test('laid-out versions are as they were asked for', async () => {
  await using embedded = await startEmbedded();
  const { server, client } = embedded;
  server.buckets.create('b');
  const day = (n: number) => Date.UTC(2026, 0, n);
  server.buckets.putVersion('b', { key: 'k', body: 'one', lastModifiedMs: day(1), versionId: 'v1' });
  server.buckets.putVersion('b', {
    key: 'k',
    body: 'three',
    lastModifiedMs: day(3),
    versionId: 'v3',
    metadata: { colour: 'red' },
    replicationStatus: 'PENDING',
  });
  server.buckets.putVersion('b', {
    key: 'k',
    body: 'late',
    lastModifiedMs: day(2),
    versionId: 'v2',
    byTime: true,
  });
  server.buckets.putVersion('b', { key: 'k', isDeleteMarker: true, lastModifiedMs: day(4), versionId: 'm4' });
  const held = [...server.buckets.versions('b')];
  assert.deepEqual(
    held.map(({ versionId, isLatest }) => [versionId, isLatest]),
    [
      ['m4', true],
      ['v3', false],
      ['v2', false],
      ['v1', false],
    ],
  );
  const head = await client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k', VersionId: 'v3' }));
  assert.deepEqual([head.Metadata, head.ReplicationStatus], [{ colour: 'red' }, 'PENDING']);
});

test('objects of synthetic buckets can be read and copied, and not written', async () => {
  await using embedded = await startEmbedded();
  const { server, client } = embedded;
  server.createSynthetic({ bucket: 'big', keys: 1_000_000, layout: 'unicode' });
  server.buckets.create('b');
  const listed = await client.send(new ListObjectVersionsCommand({ Bucket: 'big', MaxKeys: 1 }));
  const { Key = '', VersionId, Size } = listed.Versions?.[0] ?? {};
  const got = await client.send(new GetObjectCommand({ Bucket: 'big', Key, VersionId }));
  assert.equal((await got.Body?.transformToByteArray())?.length, Size);
  const CopySource = `big/${encodeURIComponent(Key)}?versionId=${VersionId}`;
  await client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'copy', CopySource }));
  assert.equal([...server.buckets.versions('b')][0]?.sizeBytes, Size);
  const write = client.send(new CopyObjectCommand({ Bucket: 'big', Key: 'new', CopySource }));
  await assert.rejects(write, { name: 'MethodNotAllowed' });
});

test('what it does not have is refused, not passed over', async () => {
  await using embedded = await startEmbedded();
  embedded.server.buckets.create('b');
  const answer = await fetch(`${embedded.server.endpoint}/b?acl`);
  assert.equal(answer.status, 501);
});
