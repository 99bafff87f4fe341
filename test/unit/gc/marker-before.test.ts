import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { markerBefore } from '../../../src/gc/marker-before.ts';
import { compareKeys } from '../../../src/key-order.ts';

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

test('sorts before the key, and is well-formed text no longer than a key may be', () => {
  fc.assert(
    fc.property(fc.oneof(key, fc.constant(`${'a'.repeat(1023)}b`), fc.constant('ü'.repeat(512))), (text) => {
      const marker = markerBefore(text);
      assert.ok(compareKeys(marker, text) < 0);
      assert.ok(marker.isWellFormed());
      assert.ok(Buffer.byteLength(marker) <= Math.max(1024, Buffer.byteLength(text)));
    }),
  );
});

test('skips the siblings before the key', () => {
  assert.ok(compareKeys(markerBefore('photos/img-0005'), 'photos/img-0004') > 0);
  assert.ok(compareKeys(markerBefore('photos/img-0005'), 'photos/img-0004zzz') > 0);
});
