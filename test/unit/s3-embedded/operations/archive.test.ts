import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  RestoreObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3ServiceException } from '@aws-sdk/client-s3';
import { ManualClock } from '../../../../src/s3-embedded/index.ts';
import { startEmbedded } from '../../../support/embedded.ts';

const HOUR_MS = 3_600_000;

test('an archived version is read only between its thaw and the end of it (trap 20)', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  await using embedded = await startEmbedded({ clock, thawDelayMs: 12 * HOUR_MS });
  const { server, client } = embedded;
  server.buckets.create('b');
  server.buckets.putVersion('b', { key: 'k', body: 'cold', storageClass: 'DEEP_ARCHIVE' });
  const target = { Bucket: 'b', Key: 'k' };
  const code = (request: Promise<unknown>) =>
    request.then(
      () => 'ok',
      (error: S3ServiceException) => error.name,
    );
  const get = () => code(client.send(new GetObjectCommand(target)));
  const copy = () =>
    code(client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'copy', CopySource: 'b/k' })));
  const thaw = () => code(client.send(new RestoreObjectCommand({ ...target, RestoreRequest: { Days: 2 } })));
  const status = async () => (await client.send(new HeadObjectCommand(target))).Restore;

  assert.deepEqual([await get(), await copy()], ['InvalidObjectState', 'InvalidObjectState']);
  assert.equal(await status(), undefined);
  assert.equal(await thaw(), 'ok');
  assert.equal(await status(), 'ongoing-request="true"');
  assert.equal(await thaw(), 'RestoreAlreadyInProgress');
  assert.equal(await get(), 'InvalidObjectState');

  clock.advance(12 * HOUR_MS);
  assert.deepEqual([await get(), await copy()], ['ok', 'ok']);
  assert.equal(await status(), 'ongoing-request="false", expiry-date="Sat, 03 Jan 2026 12:00:00 GMT"');
  const listed = await client.send(
    new ListObjectVersionsCommand({ Bucket: 'b', Prefix: 'k', OptionalObjectAttributes: ['RestoreStatus'] }),
  );
  assert.equal(listed.Versions?.[0]?.StorageClass, 'DEEP_ARCHIVE');
  assert.equal(listed.Versions?.[0]?.RestoreStatus?.IsRestoreInProgress, false);

  clock.advance(24 * HOUR_MS);
  assert.equal(await thaw(), 'ok', 'an extension');
  assert.equal(await status(), 'ongoing-request="false", expiry-date="Sun, 04 Jan 2026 12:00:00 GMT"');
  clock.advance(48 * HOUR_MS);
  assert.equal(await get(), 'InvalidObjectState');
  assert.equal(await status(), undefined);
});

test('what is not archived cannot be thawed', async () => {
  await using embedded = await startEmbedded();
  embedded.server.buckets.create('b');
  embedded.server.buckets.putVersion('b', { key: 'k', body: 'warm' });
  const request = embedded.client.send(
    new RestoreObjectCommand({ Bucket: 'b', Key: 'k', RestoreRequest: { Days: 1 } }),
  );
  await assert.rejects(request, { name: 'InvalidObjectState' });
});
