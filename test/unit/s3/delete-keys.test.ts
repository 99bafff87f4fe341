import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteKeys } from '../../../src/s3/delete-keys.ts';
import { startEmbedded } from '../../support/embedded.ts';

test('keys get delete markers, their versions stay; what fails is told key by key (trap 22)', async () => {
  await using embedded = await startEmbedded();
  const { server, client } = embedded;
  server.buckets.create('b');
  const keys = [
    'a',
    'b c+%',
    'ctrl\u0001\r',
    'ü',
    'denied',
    ...Array.from({ length: 1200 }, (_, n) => `n${n}`),
  ];
  for (const key of keys) server.buckets.putVersion('b', { key, body: 'x' });
  server.faults.add({ kind: 'key-error', operation: 'DeleteObjects', key: 'denied', code: 'InternalError' });
  const outcomes = await deleteKeys(client, 'b', [...keys, 'never there']);
  const failed = outcomes.flatMap((outcome, index) =>
    outcome === undefined ? [] : [[keys[index], outcome.code]],
  );
  assert.deepEqual(failed, [['denied', 'InternalError']]);
  const versions = [...server.buckets.versions('b')];
  assert.equal(versions.filter((version) => !version.isDeleteMarker).length, keys.length);
  const current = versions.filter((version) => version.isLatest && !version.isDeleteMarker);
  assert.deepEqual(
    current.map(({ key }) => key),
    ['denied'],
  );
  assert.equal(server.deletions.length, 0);
  assert.equal(server.requests.counts.get('DeleteObjects'), 2);
});

test('what stands against all of them is thrown', async () => {
  await using embedded = await startEmbedded();
  await assert.rejects(deleteKeys(embedded.client, 'none', ['a']), { code: 'BUCKET_MISSING' });
});
