import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeyBytes, firstIndexWhere } from '../../../../src/s3-embedded/model/key-order.ts';

test('keys compare like their UTF-8 bytes', () => {
  const key = fc.string({
    unit: fc.constantFrom('a', '/', 'é', '中', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '😀'),
  });
  fc.assert(
    fc.property(key, key, (a, b) => {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.equal(Math.sign(compareKeyBytes(a, b)), expected);
    }),
    { numRuns: 2000 },
  );
});

test('the first index that holds', () => {
  for (let count = 0; count < 20; count++) {
    for (let first = 0; first <= count; first++)
      assert.equal(
        firstIndexWhere(count, (i) => i >= first),
        first,
      );
  }
});
