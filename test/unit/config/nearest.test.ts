import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestName } from '../../../src/config/nearest.ts';

test('counts insertions, deletions and replacements', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('MasterBuket', 'MasterBucket'), 1);
});

test('is a distance', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      assert.equal(editDistance(a, b) === 0, a === b);
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
    }),
  );
});

test('suggests what is near, and nothing else', () => {
  const names = ['MasterBucket', 'SlaveBucket', 'Name'];
  assert.equal(nearestName('masterbucket', names), 'MasterBucket');
  assert.equal(nearestName('SlaveBukets', names), 'SlaveBucket');
  assert.equal(nearestName('Concurrency', names), undefined);
  assert.equal(nearestName('x', names), undefined);
});
