import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bucketExists, bucketVersioning, lifecycleRules, serverTime } from '../../../src/s3/bucket.ts';
import { clientOf, errorBody, startCannedServer } from './support/canned-server.ts';
import type { Answer } from './support/canned-server.ts';

async function ask<T>(answer: Answer, call: (client: ReturnType<typeof clientOf>) => Promise<T>): Promise<T> {
  const server = await startCannedServer(() => answer);
  try {
    return await call(clientOf(server));
  } finally {
    await server.close();
  }
}

describe('bucketVersioning', () => {
  for (const [status, state] of [
    ['<Status>Enabled</Status>', 'enabled'],
    ['<Status>Suspended</Status>', 'suspended'],
    ['', 'off'],
  ]) {
    it(`says ${state}`, async () => {
      const body = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${status}</VersioningConfiguration>`;
      assert.equal(await ask({ body }, (client) => bucketVersioning(client, 'pail')), state);
    });
  }
});

describe('bucketExists', () => {
  it('tells a missing bucket from one that denies access', async () => {
    assert.equal(await ask({}, (client) => bucketExists(client, 'pail')), true);
    assert.equal(await ask({ status: 404 }, (client) => bucketExists(client, 'pail')), false);
    await assert.rejects(
      ask({ status: 403 }, (client) => bucketExists(client, 'pail')),
      { code: 'ACCESS_DENIED' },
    );
  });
});

describe('serverTime', () => {
  it("is the server's, not ours (trap 4)", async () => {
    const headers = { date: 'Sat, 21 Nov 2009 04:00:07 GMT' };
    const timeMs = await ask({ headers, body: '<ListVersionsResult></ListVersionsResult>' }, (client) =>
      serverTime(client, 'pail'),
    );
    assert.equal(timeMs, Date.UTC(2009, 10, 21, 4, 0, 7));
  });

  it('fails where the header is unreadable', async () => {
    await assert.rejects(
      ask({ headers: { date: 'noon' }, body: '<ListVersionsResult></ListVersionsResult>' }, (client) =>
        serverTime(client, 'pail'),
      ),
      { code: 'S3_FAILED', message: /noon/ },
    );
  });

  it('names a missing bucket', async () => {
    await assert.rejects(
      ask({ status: 404, body: errorBody('NoSuchBucket', 'm') }, (client) => serverTime(client, 'pail')),
      { code: 'BUCKET_MISSING' },
    );
  });
});

describe('lifecycleRules', () => {
  it('finds the rules that expire versions (trap 11)', async () => {
    const body = `<LifecycleConfiguration>
      <Rule><ID>a</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>
        <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration></Rule>
      <Rule><ID>b</ID><Prefix>old/</Prefix><Status>Disabled</Status><Expiration><Days>3</Days></Expiration></Rule>
      <Rule><ID>c</ID><Filter/><Status>Enabled</Status>
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
    </LifecycleConfiguration>`;
    assert.deepEqual(await ask({ body }, (client) => lifecycleRules(client, 'pail')), [
      {
        id: 'a',
        enabled: true,
        prefix: 'logs/',
        expiresVersions: true,
        expiresCurrent: false,
        noncurrentDays: 30,
      },
      { id: 'b', enabled: false, prefix: 'old/', expiresVersions: false, expiresCurrent: true },
      { id: 'c', enabled: true, prefix: '', expiresVersions: false, expiresCurrent: false },
    ]);
  });

  it('finds none where none were ever set', async () => {
    const answer = { status: 404, body: errorBody('NoSuchLifecycleConfiguration', 'm') };
    assert.deepEqual(await ask(answer, (client) => lifecycleRules(client, 'pail')), []);
  });
});
