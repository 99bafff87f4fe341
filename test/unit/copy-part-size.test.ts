import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyPartSizeBytes } from '../../src/copy-part-size.ts';

const mebibyte = 1024 ** 2;
const etagOf = (parts: number): string => `${'0123456789abcdef'.repeat(2)}-${parts}`;

test('parts as the source was uploaded, by the number of them in its etag (trap 18)', () => {
  for (const uploadedMib of [5, 8, 16, 64, 128, 256, 512]) {
    const sizeBytes = uploadedMib * mebibyte * 40 + 1;
    assert.equal(copyPartSizeBytes(sizeBytes, etagOf(41)), uploadedMib * mebibyte);
  }
});

test('a size that nobody uses, or no parts: 64 MiB, above 5 GiB 256 MiB', () => {
  const whole = '0123456789abcdef'.repeat(2);
  for (const etag of [whole, etagOf(1), etagOf(77), '', 'no etag-3']) {
    assert.equal(copyPartSizeBytes(200 * mebibyte, etag), 64 * mebibyte, etag);
    assert.equal(copyPartSizeBytes(5 * 1024 * mebibyte, etag), 64 * mebibyte, etag);
    assert.equal(copyPartSizeBytes(5 * 1024 * mebibyte + 1, etag), 256 * mebibyte, etag);
  }
});
