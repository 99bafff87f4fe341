import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LastKey } from '../../../src/index/last-key.ts';
import { tabulate } from '../../../src/index/tabulate.ts';
import { anyKey, byKey, entryOf } from './support.ts';

test('goes on to keys that sort after the last one, and to no others', () => {
  const longKey = fc.integer({ min: 1000, max: 3000 }).map((length) => 'k'.repeat(length));
  fc.assert(
    fc.property(fc.array(fc.oneof(anyKey, anyKey, longKey)), (keys) => {
      const lastKey = new LastKey();
      const table = tabulate(keys.map((key) => entryOf(key)));
      let expected: string | undefined;
      for (const [row, key] of keys.entries()) {
        const isAfter = expected === undefined || byKey({ key }, { key: expected }) > 0;
        assert.equal(lastKey.advance(table, row), isAfter);
        if (isAfter) expected = key;
        assert.equal(lastKey.text, expected);
      }
    }),
  );
});
