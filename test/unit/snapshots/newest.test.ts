import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestThatCounts } from '../../../src/snapshots/newest.ts';
import { UNDO_TAG } from '../../../src/snapshots/reference.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');

test('flagged, future and partial ones, and undo points, are passed over', async (t) => {
  const { repository } = await openTestRepository(t);
  const newest = (): string | undefined => newestThatCounts(repository.list('slave'), nowMs)?.name;
  assert.equal(newest(), undefined);
  await addSnapshot(repository, '20261121T010000Z', [entry('a')], { prefix: 'a' });
  assert.equal(newest(), '20261121T010000Z', 'where there is none of the whole bucket');
  await addSnapshot(repository, '20261120T010000Z', [entry('a')]);
  await addSnapshot(repository, '20261121T020000Z', [entry('a')], { flags: ['shrunk'] });
  await addSnapshot(repository, '20261121T030000Z', [entry('a')], { tags: { [UNDO_TAG]: 'x' } });
  await addSnapshot(repository, '20261121T130000Z', [entry('a')]);
  await addSnapshot(repository, '20261121T040000Z', [entry('a')], { state: 'deleting' });
  assert.equal(newest(), '20261120T010000Z');
});
