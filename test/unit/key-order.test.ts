import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../src/key-order.ts';

const key = fc.string({ unit: 'binary' });

test('orders any two keys as Buffer.compare orders their UTF-8 bytes', () => {
  fc.assert(
    fc.property(key, key, key, (shared, a, b) => {
      const left = shared + a;
      const right = shared + b;
      const order = Buffer.compare(Buffer.from(left), Buffer.from(right));
      assert.equal(Math.sign(compareKeys(left, right)), order);
    }),
  );
});

test('puts astral characters after U+FFFF, where < on strings puts them before', () => {
  assert.ok('\u{1F600}' < '\uFF5E');
  assert.ok(compareKeys('\u{1F600}', '\uFF5E') > 0);
  assert.ok(compareKeys('a', 'ab') < 0);
  assert.equal(compareKeys('a', 'a'), 0);
});
