import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeListedKey } from '../../../../src/s3-embedded/listing/encode-keys.ts';

test('a space is a plus, a plus is %2B, a slash stays (trap 24)', () => {
  assert.equal(encodeListedKey('a b+c/d%20~(é)'), 'a+b%2Bc/d%2520%7E%28%C3%A9%29');
});

test('every key is decoded to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      const encoded = encodeListedKey(key);
      assert.equal(decodeURIComponent(encoded.replaceAll('+', ' ')), key);
      assert.match(encoded, /^[\w.\-*%+/]*$/);
    }),
  );
});
