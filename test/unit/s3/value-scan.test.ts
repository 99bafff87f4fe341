import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { viewOf } from '../../../src/entry-table.ts';
import { scanValue } from '../../../src/s3/value-scan.ts';

const byte = fc.oneof(
  fc.constantFrom(...Buffer.from('abcXYZ019-_.~/')),
  fc.constantFrom(...Buffer.from('<>&"+% =,')),
  fc.nat(255),
);

test('ends where a value ends or needs a closer look, and tells whether a line can hold it as it is', () => {
  fc.assert(
    fc.property(fc.array(byte), fc.nat(3), (bytes, before) => {
      const body = Buffer.from([...Buffer.alloc(before), ...bytes]);
      const text = Buffer.from(bytes).toString('latin1');
      const value = /^[^<>&\x00-\x1f\x7f-\xff]*/.exec(text)?.[0] ?? '';
      const scanned = scanValue(viewOf(body), before);
      assert.equal(scanned >> 1, before + value.length);
      assert.equal(scanned & 1, /^[A-Za-z0-9\-_.~/]*$/.test(value) ? 0 : 1);
    }),
    { numRuns: 2000 },
  );
});
