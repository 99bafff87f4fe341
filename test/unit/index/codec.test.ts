import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { FRAME_BYTES, compress, compressFrame, decompress } from '../../../src/index/codec.ts';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { splitFrames } from '../../../src/index/zstd-frames.ts';
import { numberedEntries } from './support.ts';

/** Entry lines, repeated to a length. */
function linesOf(bytes: number): Buffer {
  return Buffer.alloc(bytes, numberedEntries(500).map(encodeEntry).join(''));
}

test('gives back any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      const plain = Buffer.from(bytes);
      assert.deepEqual(decompress(await compress(plain)), plain);
    }),
  );
});

test('cuts frames at one mebibyte and nowhere else', async () => {
  for (const bytes of [
    1,
    255,
    256,
    65_791,
    65_792,
    FRAME_BYTES - 1,
    FRAME_BYTES,
    FRAME_BYTES + 1,
    3 * FRAME_BYTES + 7,
  ]) {
    const plain = linesOf(bytes);
    const file = await compress(plain);
    const sizes = splitFrames(file, FRAME_BYTES).map((frame) => frame.contentBytes);
    const full = Math.floor(bytes / FRAME_BYTES);
    const rest = bytes % FRAME_BYTES;
    assert.deepEqual(sizes, [...Array<number>(full).fill(FRAME_BYTES), ...(rest > 0 ? [rest] : [])]);
    assert.ok(decompress(file).equals(plain));
  }
});

test('another decoder reads the file as a whole', async () => {
  const plain = linesOf(2 * FRAME_BYTES + 100);
  assert.ok(zstdDecompressSync(await compress(plain)).equals(plain));
});

test('reads frames of another encoder, with a checksum and raw blocks', async () => {
  for (const plain of [
    linesOf(300_000),
    Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))),
    Buffer.alloc(500_000),
  ]) {
    const file = Buffer.concat([zstdCompressSync(plain), zstdCompressSync(plain)]);
    assert.ok(decompress(file).equals(Buffer.concat([plain, plain])));
  }
});

test('refuses a frame that is too large or empty before it takes room for it', async () => {
  assert.throws(() => decompress(zstdCompressSync(Buffer.alloc(FRAME_BYTES + 1))), /states 1048577 bytes/);
  assert.throws(() => decompress(zstdCompressSync(Buffer.alloc(0))), /states 0 bytes/);
  await assert.rejects(compressFrame(Buffer.alloc(FRAME_BYTES + 1)), RangeError);
  await assert.rejects(compressFrame(Buffer.alloc(0)), RangeError);
});

test('refuses a file cut off anywhere but between frames', async () => {
  const first = await compress(linesOf(5000));
  const file = Buffer.concat([first, await compress(linesOf(300))]);
  for (let length = 1; length < file.length; length++) {
    if (length === first.length) continue;
    assert.throws(() => decompress(file.subarray(0, length)), Error, `${length} bytes`);
  }
});

test('survives any changed byte: an error, or content of the stated size for the hash to judge', async () => {
  const plain = linesOf(3000);
  const file = await compress(plain);
  for (let at = 0; at < file.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const changed = Buffer.from(file);
      changed.writeUInt8(file.readUInt8(at) ^ flip, at);
      try {
        assert.ok(decompress(changed).length <= FRAME_BYTES);
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error));
      }
    }
  }
  assert.ok(decompress(file).equals(plain), 'it still works afterwards');
});

test('any bytes at all are an error, never a crash', async () => {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  fc.assert(
    fc.property(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 40 }), (isFramed, bytes) => {
      const file = isFramed ? Buffer.concat([magic, bytes]) : Buffer.from(bytes);
      try {
        decompress(file);
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.equal(typeof error.message, 'string');
      }
    }),
    { numRuns: 2000 },
  );
});
