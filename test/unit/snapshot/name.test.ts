import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSnapshotName } from '../../../src/index/manifest.ts';
import { nameOf, namesOf } from '../../../src/snapshot/name.ts';

const timeMs = Date.parse('2026-11-21T04:00:00Z');

test('a snapshot is named by its as-of time', () => assert.equal(nameOf(timeMs), '20261121T040000Z'));

test('further ones of that second get a number', () => {
  const names = namesOf(timeMs).take(3).toArray();
  assert.deepEqual(names, ['20261121T040000Z', '20261121T040000Z-2', '20261121T040000Z-3']);
  assert.ok(names.every(isSnapshotName));
});
