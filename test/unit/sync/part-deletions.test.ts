import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartDeletions } from '../../../src/sync/part-deletions.ts';

test('what is reserved counts for others until it is done or released, and what is done until all was compared', () => {
  const parts = new PartDeletions();
  const first = parts.reserve(3, () => 10);
  assert.deepEqual([first.before, first.inFlight], [0, 0]);
  first.done();
  const second = parts.reserve(4, () => 9);
  assert.deepEqual([second.before, second.inFlight, parts.gone], [3, 2, 1]);
  first.release();
  second.done();
  second.release();
  const third = parts.reserve(0, () => 8);
  assert.deepEqual([third.before, third.inFlight, parts.gone], [2, 0, 2]);
  assert.deepEqual(
    [8, 9, 10, 20].map((objects) => parts.missingFrom(objects)),
    [2, 1, 0, 0],
  );
  assert.equal(parts.missingFrom(0), 2);
  parts.forget();
  assert.equal(parts.reserve(1, () => 8).before, 0);
});
