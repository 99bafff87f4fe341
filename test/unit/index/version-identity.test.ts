import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameVersion } from '../../../src/index/version-identity.ts';
import { entryOf } from './support.ts';

test('the version id decides, whatever else differs (trap 14)', () => {
  const entry = entryOf('a');
  assert.ok(isSameVersion(entry, { ...entry, etag: 'other', storageClass: 'GLACIER' }));
  assert.ok(!isSameVersion(entry, { ...entry, versionId: 'rewritten metadata' }));
});

test('null versions are the same only when size, etag and time are (trap 6)', () => {
  const entry = entryOf('a', { versionId: 'null' });
  assert.ok(isSameVersion(entry, { ...entry, storageClass: 'GLACIER' }));
  assert.ok(!isSameVersion(entry, { ...entry, etag: 'other' }));
  assert.ok(!isSameVersion(entry, { ...entry, sizeBytes: 99 }));
  assert.ok(!isSameVersion(entry, { ...entry, lastModifiedMs: 1000 }));
  assert.ok(!isSameVersion(entry, { ...entry, versionId: 'v1' }));
});
