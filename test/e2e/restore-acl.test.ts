/** `restore --acl`: what is copied is granted to whom its source was. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RestoreResult } from '../../src/restore/restore.ts';
import { OWNER_ID } from '../../src/s3-embedded/index.ts';
import type { EmbeddedS3, Grant } from '../../src/s3-embedded/index.ts';
import { startEmbedded } from '../support/embedded.ts';
import { pairFor, putReplicated, requestsOf } from './restore-support.ts';

const mebibyte = 1024 ** 2;
const everybodyReads: Grant = {
  grantee: { uri: 'http://acs.amazonaws.com/groups/global/AllUsers' },
  permission: 'READ',
};
const grants = [{ grantee: { id: OWNER_ID }, permission: 'FULL_CONTROL' }, everybodyReads];
const args = ['restore', 'latest', '--acl'];
const { server: s3, stop } = await startEmbedded();
const { server: s3Elsewhere, stop: stopElsewhere } = await startEmbedded();
after(() => Promise.all([stop(), stopElsewhere()]));

function grantsIn(server: EmbeddedS3, bucket: string): Record<string, unknown> {
  const current = [...server.buckets.versions(bucket)].filter(({ isLatest }) => isLatest);
  return Object.fromEntries(current.map((version) => [version.key, version.grants]));
}

test('copies in one request and in parts get it; without the flag, none', { timeout: 60_000 }, async (t) => {
  const pair = pairFor(t, s3);
  for (const each of [{ key: 'public', grants }, { key: 'own' }])
    s3.buckets.putVersion(pair.slave, { ...each, body: 'x' });
  s3.buckets.putVersion(pair.slave, { key: 'large', sizeBytes: 6 * 1024 ** 3, fillByte: 7, grants });
  await pair.site.json(['snapshot']);
  await pair.site.json(['restore', 'latest']);
  assert.deepEqual(grantsIn(s3, pair.master), { large: undefined, own: undefined, public: undefined });
  s3.requests.clear();
  const compared = await pair.site.json<RestoreResult>(args);
  assert.deepEqual([compared.plan.same, compared.copied, compared.failed], [1, 2, 0]);
  assert.deepEqual(grantsIn(s3, pair.master), { large: grants, own: undefined, public: grants });
  assert.equal(requestsOf(s3, 'PutObjectAcl', pair.master).length, 2, 'the default one needs no request');
  for (const { query } of requestsOf(s3, 'PutObjectAcl', pair.master)) assert.ok(query['versionId']);
  const again = await pair.site.json<RestoreResult>([...args, '--verify']);
  assert.deepEqual([again.plan.same, again.copied, again.verification?.different], [3, 0, 0]);
});

test('what has the wanted version ids is not asked', async (t) => {
  const pair = pairFor(t, s3);
  putReplicated(s3, pair, 'k', 'x');
  await pair.site.json(['snapshot']);
  s3.requests.clear();
  const result = await pair.site.json<RestoreResult>(args);
  assert.equal(result.plan.same, 1);
  assert.equal(s3.requests.entries.filter(({ operation }) => operation.endsWith('Acl')).length, 0);
});

test('what comes through us gets it too, small and in parts', { timeout: 60_000 }, async (t) => {
  const pair = pairFor(t, s3, { MasterEndpoint: s3Elsewhere.endpoint });
  s3Elsewhere.buckets.create(pair.master);
  s3.buckets.putVersion(pair.slave, { key: 'small', body: 'x', grants });
  s3.buckets.putVersion(pair.slave, { key: 'large', sizeBytes: 20 * mebibyte, fillByte: 1, grants });
  await pair.site.json(['snapshot']);
  await pair.site.json(args);
  assert.deepEqual(grantsIn(s3Elsewhere, pair.master), { large: grants, small: grants });
});

test('a bucket that takes no ACLs: one warning, no failure, and nothing is copied twice', async (t) => {
  const pair = pairFor(t, s3);
  for (let i = 0; i < 20; i++) s3.buckets.putVersion(pair.slave, { key: `k${i}`, body: `${i}`, grants });
  await pair.site.json(['snapshot']);
  s3.buckets.disableAcls(pair.master);
  const done = await pair.site.run([...args, '--json', '--log-level', 'info']);
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.stderr.split('takes no ACLs').length - 1, 1, done.stderr);
  const again = await pair.site.json<RestoreResult>(args);
  assert.deepEqual([again.plan.same, again.copied], [20, 0]);
});

for (const operation of ['GetObjectAcl', 'PutObjectAcl']) {
  test(`denied ${operation}: a listed failure, and mended by the next run`, async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'denied', body: 'x', grants });
    s3.buckets.putVersion(pair.slave, { key: 'k', body: 'x', grants });
    await pair.site.json(['snapshot']);
    const denied = s3.faults.add({ kind: 'access-denied', operation, key: 'denied' });
    const result = await pair.site.json<RestoreResult>(args, 3);
    s3.faults.remove(denied.id);
    assert.deepEqual(
      result.failures.map(({ key, code }) => [key, code]),
      [['denied', 'AccessDenied']],
    );
    assert.match(result.failures[0]?.message ?? '', new RegExp(operation));
    const again = await pair.site.json<RestoreResult>(args);
    assert.deepEqual([again.copied, again.plan.same], [1, 1]);
    assert.deepEqual(grantsIn(s3, pair.master), { denied: grants, k: grants });
  });
}

test('--to-dir has no place for ACLs: refused', async (t) => {
  const pair = pairFor(t, s3);
  s3.buckets.putVersion(pair.slave, { key: 'k', body: 'x' });
  await pair.site.json(['snapshot']);
  await pair.site.json([...args, '--to-dir', `${pair.site.folder}/d`], 2);
});
