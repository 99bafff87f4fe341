import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/key-order.ts';
import { compareKeyRanges, cutAt, gapsBetween } from '../../../src/snapshot/key-range.ts';
import { anyKey } from '../index/support.ts';

const anyBounds = fc.uniqueArray(anyKey, { maxLength: 12 }).map((keys) => keys.toSorted(compareKeys));

test('cuts cover everything, without gap or overlap', () => {
  fc.assert(fc.property(anyBounds, (bounds) => assert.deepEqual(gapsBetween(cutAt(bounds)), [])));
});

test('the gaps are what was left out', () => {
  fc.assert(
    fc.property(anyBounds, fc.infiniteStream(fc.boolean()), (bounds, choices) => {
      const ranges = cutAt(bounds);
      const chosen = ranges.map(() => choices.next().value as boolean);
      const gaps = gapsBetween(ranges.filter((_, index) => chosen[index]));
      const whole = [...gaps, ...ranges.filter((_, index) => chosen[index])].sort(compareKeyRanges);
      assert.deepEqual(gapsBetween(whole), []);
    }),
  );
});

test('what overlaps is refused: entries would be there twice', () => {
  assert.throws(() => gapsBetween([{ upTo: 'c' }, { after: 'b' }]), /overlap/);
  assert.throws(() => gapsBetween([{}, { after: 'b' }]), /overlap/);
  assert.throws(() => gapsBetween([{ upTo: 'b' }, { upTo: 'c' }]), /overlap/);
});
