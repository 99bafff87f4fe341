import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import type { S3ServiceException } from '@aws-sdk/client-s3';
import { ManualClock } from '../../../../src/s3-embedded/index.ts';
import { startEmbedded } from '../../../support/embedded.ts';
import { createTestBucket } from '../../../support/test-bucket.ts';

const DAY_MS = 86_400_000;
const code = (request: Promise<unknown>) =>
  request.then(
    () => 'ok',
    (error: S3ServiceException) => error.name,
  );

for (const mode of ['GOVERNANCE', 'COMPLIANCE'] as const) {
  test(`${mode}: a version is kept until its date (trap 13)`, async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    await using embedded = await startEmbedded({ clock });
    const { client } = embedded;
    const Bucket = await createTestBucket(client, { objectLock: true });
    const { VersionId } = await client.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.from('x') }),
    );
    const target = { Bucket, Key: 'k', VersionId };
    const retain = (days: number, more = {}) =>
      code(
        client.send(
          new PutObjectRetentionCommand({
            ...target,
            ...more,
            Retention: { Mode: mode, RetainUntilDate: new Date(clock.nowMs() + days * DAY_MS) },
          }),
        ),
      );
    const remove = (more = {}) => code(client.send(new DeleteObjectCommand({ ...target, ...more })));
    const bypass = { BypassGovernanceRetention: true };

    assert.equal(await retain(2), 'ok');
    assert.equal(await remove(), 'AccessDenied');
    assert.equal(
      await code(client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))),
      'ok',
      'a marker is no deletion',
    );
    assert.equal(await retain(3), 'ok', 'longer');
    assert.equal(await retain(1), 'AccessDenied', 'shorter');
    assert.equal(await retain(1, bypass), mode === 'GOVERNANCE' ? 'ok' : 'AccessDenied');
    if (mode === 'COMPLIANCE') assert.equal(await remove(bypass), 'AccessDenied');
    clock.advance(3 * DAY_MS + 1);
    assert.equal(await remove(), 'ok');
    assert.deepEqual(
      embedded.server.deletions.map(({ key, versionId }) => [key, versionId]),
      [['k', VersionId]],
    );
  });
}

test('a default retention is given to new versions', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  await using embedded = await startEmbedded({ clock });
  const { client } = embedded;
  const Bucket = await createTestBucket(client, { objectLock: true });
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 7 } },
      },
    }),
  );
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.from('x') }));
  const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key: 'k' }));
  assert.deepEqual(Retention, { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.UTC(2026, 0, 8)) });
});
