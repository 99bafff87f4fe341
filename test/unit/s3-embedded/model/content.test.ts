import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chunksOf,
  concatContent,
  contentOf,
  filledContent,
  md5Hex,
  sliceContent,
} from '../../../../src/s3-embedded/model/content.ts';
import type { Content } from '../../../../src/s3-embedded/model/content.ts';

const bytesOf = (content: Content) => Buffer.concat([...chunksOf(content)]);

const piece = fc.oneof(
  fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => ({ content: contentOf(bytes), bytes: Buffer.from(bytes) })),
  fc.tuple(fc.nat(300), fc.nat(255)).map(([sizeBytes, fill]) => ({
    content: filledContent(sizeBytes, fill),
    bytes: Buffer.alloc(sizeBytes, fill),
  })),
);

test('pieces, slices and hashes are those of the bytes', () => {
  fc.assert(
    fc.property(fc.array(piece), fc.nat(1000), fc.nat(1000), (pieces, a, b) => {
      const content = concatContent(pieces.map((part) => part.content));
      const bytes = Buffer.concat(pieces.map((part) => part.bytes));
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      assert.deepEqual(bytesOf(content), bytes);
      assert.deepEqual(bytesOf(sliceContent(content, start, end)), bytes.subarray(start, end));
      assert.equal(content.sizeBytes, bytes.length);
      assert.equal(md5Hex(content), createHash('md5').update(bytes).digest('hex'));
    }),
  );
});

test('huge content costs nothing, and its etag follows its form however it is cut', () => {
  const tebibyte = filledContent(2 ** 40, 7);
  const halves = concatContent([
    sliceContent(tebibyte, 0, 2 ** 39),
    sliceContent(tebibyte, 2 ** 39, 2 ** 40),
  ]);
  assert.equal(halves.sizeBytes, 2 ** 40);
  assert.equal(md5Hex(halves), md5Hex(tebibyte));
  assert.notEqual(md5Hex(filledContent(2 ** 40, 8)), md5Hex(tebibyte));
});
