import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { deleteObject, deleteVersions } from '../../../src/s3/delete.ts';
import { listVersionPages } from '../../../src/s3/list-versions.ts';
import type { ListedVersion } from '../../../src/s3/types.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { clientOf, errorBody, startCannedServer } from './support/canned-server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;

before(async () => {
  server = await startEmbeddedS3();
  client = clientOf({ url: server.endpoint }, { credentials });
});
after(() => server.close());
beforeEach(() => {
  server.faults.clear();
  server.buckets.create('pail');
});

async function list(): Promise<ListedVersion[]> {
  const versions: ListedVersion[] = [];
  for await (const page of listVersionPages(client, { bucket: 'pail' })) versions.push(...page.versions);
  return versions;
}

async function put(...keys: string[]): Promise<ListedVersion[]> {
  for (const key of keys) server.buckets.putVersion('pail', { key, body: 'x' });
  return list();
}

describe('deleteObject', () => {
  it('puts a delete marker, whatever the key', async () => {
    for (const key of ['a', '.', 'a/../b', 'a//b', '/a', 'a\x01\r', 'a+b %41', '\ud83d\ude00']) {
      await deleteObject(client, { bucket: 'pail', key });
      assert.deepEqual(
        (await list()).filter((version) => version.key === key).map((version) => version.isDeleteMarker),
        [true],
      );
    }
  });
});

describe('deleteVersions', () => {
  it('deletes keys that XML can and cannot carry, and nothing else (traps 22 and 24)', async () => {
    const keys = [
      'a',
      'a b+%',
      '&<>"\'',
      'cr\r',
      'lf\n',
      'tab\t',
      ' edge ',
      '\u0085\u2028',
      '\x01',
      '\x1f',
      '\ufffe',
      '\u{1f600}',
    ];
    const all = await put(...keys, 'stays');
    const doomed = all.filter(({ key }) => key !== 'stays');
    const outcomes = await deleteVersions(client, 'pail', doomed);
    assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set(['deleted']));
    assert.equal(outcomes.length, doomed.length);
    assert.deepEqual(
      (await list()).map(({ key }) => key),
      ['stays'],
    );
  });

  it('sends at most 1,000 in a request, and gives the outcomes in the order asked for (trap 22)', async () => {
    const all = await put(...Array.from({ length: 2001 }, (_, i) => `k${i}`));
    server.faults.add({ kind: 'key-error', operation: 'DeleteObjects', key: 'k1500', code: 'InternalError' });
    const mixed = [...all].reverse();
    const outcomes = await deleteVersions(client, 'pail', mixed);
    mixed.forEach(({ key }, index) => {
      assert.equal(outcomes[index]?.status, key === 'k1500' ? 'failed' : 'deleted', key);
    });
    assert.deepEqual(
      (await list()).map(({ key }) => key),
      ['k1500'],
    );
  });

  it('does nothing for nothing', async () => {
    assert.deepEqual(await deleteVersions(client, 'pail', []), []);
  });

  it('tells a lock from a policy (trap 13)', async () => {
    const [open, locked, retained] = await put('open', 'locked', 'retained');
    const answers: Record<string, { headers?: Record<string, string>; message: string }> = {
      open: { message: 'Access Denied' },
      locked: { message: 'Access Denied', headers: { 'x-amz-object-lock-legal-hold': 'ON' } },
      retained: { message: 'Access Denied because object protected by object lock.' },
    };
    const canned = await startCannedServer(({ method, url }) => {
      const key = /\/pail\/(\w+)/.exec(url)?.[1];
      if (method === 'HEAD' && key !== undefined) return { headers: answers[key]?.headers ?? {} };
      const errors = Object.entries(answers).map(
        ([name, { message }]) =>
          `<Error><Key>${name}</Key><VersionId>v</VersionId><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
      );
      return { body: `<DeleteResult>${errors.join('')}</DeleteResult>` };
    });
    const asked = [open, locked, retained].map((version) => ({ key: version!.key, versionId: 'v' }));
    const byKey = new Map<string, string>();
    (await deleteVersions(clientOf(canned), 'pail', asked)).forEach((outcome, i) =>
      byKey.set(asked[i]!.key, outcome.status),
    );
    await canned.close();
    assert.deepEqual(Object.fromEntries(byKey), { open: 'failed', locked: 'locked', retained: 'locked' });
  });

  it('counts what is gone already as missing, and asks again for what the answer does not name', async () => {
    const canned = await startCannedServer(({ method }) => {
      if (method === 'DELETE') return { status: 204 };
      return {
        body: '<DeleteResult><Error><Key>gone</Key><VersionId>v</VersionId><Code>NoSuchVersion</Code></Error></DeleteResult>',
      };
    });
    const outcomes = await deleteVersions(clientOf(canned), 'pail', [
      { key: 'gone', versionId: 'v' },
      { key: 'silent', versionId: 'v' },
    ]);
    await canned.close();
    assert.deepEqual(outcomes, [{ status: 'missing' }, { status: 'deleted' }]);
    assert.deepEqual(canned.asked.map(({ method, url }) => `${method} ${url.split('?')[0]}`).slice(1), [
      'DELETE /pail/silent',
    ]);
  });

  it('throws what stands against the request as a whole', async () => {
    const canned = await startCannedServer(() => ({ status: 404, body: errorBody('NoSuchBucket', 'm') }));
    const one = [{ key: 'a', versionId: 'v' }];
    await assert.rejects(deleteVersions(clientOf(canned), 'pail', one), { code: 'BUCKET_MISSING' });
    await assert.rejects(deleteVersions(clientOf(canned), 'pail', [{ key: '\x01', versionId: 'v' }]), {
      code: 'BUCKET_MISSING',
    });
    await canned.close();
    await assert.rejects(deleteVersions(clientOf(canned), 'pail', one), { code: 'S3_UNREACHABLE' });
  });

  it('retries an error in an answer that says 200 (trap 17)', async () => {
    const all = await put('a');
    server.faults.add({ kind: 'error-in-200', operation: 'DeleteObjects', times: 1, code: 'InternalError' });
    assert.deepEqual(await deleteVersions(client, 'pail', all), [{ status: 'deleted' }]);
    assert.deepEqual(await list(), []);
  });
});
