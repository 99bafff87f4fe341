import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitFrames } from '../../../src/index/zstd-frames.ts';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
/** The last block, raw, three bytes long. */
const RAW_BLOCK = [(3 << 3) | 1, 0, 0, 7, 7, 7];
const RLE_BLOCK = [(3 << 3) | 3, 0, 0, 7];

function split(...bytes: number[]): { length: number; contentBytes: number }[] {
  return splitFrames(Buffer.from(bytes), 1000).map(({ bytes: { length }, contentBytes }) => ({
    length,
    contentBytes,
  }));
}

test('reads every form of a frame header', () => {
  assert.deepEqual(
    split(...MAGIC, 0x20, 3, ...RAW_BLOCK),
    [{ length: 12, contentBytes: 3 }],
    'size in one byte',
  );
  assert.deepEqual(
    split(...MAGIC, 0x40, 0, 1, 0, ...RAW_BLOCK),
    [{ length: 14, contentBytes: 257 }],
    'in two, window',
  );
  assert.deepEqual(
    split(...MAGIC, 0xa0, 3, 0, 0, 0, ...RAW_BLOCK),
    [{ length: 15, contentBytes: 3 }],
    'in four',
  );
  assert.deepEqual(
    split(...MAGIC, 0xe0, 3, 0, 0, 0, 0, 0, 0, 0, ...RAW_BLOCK),
    [{ length: 19, contentBytes: 3 }],
    'in eight',
  );
  assert.deepEqual(
    split(...MAGIC, 0x23, 1, 2, 3, 4, 3, ...RAW_BLOCK),
    [{ length: 16, contentBytes: 3 }],
    'dictionary',
  );
});

test('walks blocks of every type, several frames, and the checksum', () => {
  const notLast = [3 << 3, 0, 0, 7, 7, 7];
  assert.deepEqual(
    split(...MAGIC, 0x24, 6, ...notLast, ...RLE_BLOCK, 1, 2, 3, 4, ...MAGIC, 0x20, 3, ...RLE_BLOCK),
    [
      { length: 20, contentBytes: 6 },
      { length: 10, contentBytes: 3 },
    ],
  );
  assert.deepEqual(split(), []);
});

test('refuses what is no row of frames', () => {
  assert.throws(() => split(1, 2, 3, 4, 5), /no zstd frame at byte 0/);
  assert.throws(() => split(...MAGIC, 0x20, 3, ...RAW_BLOCK, 0), /cut off/);
  assert.throws(() => split(...MAGIC, 0x20, 3, ...RAW_BLOCK, 0, 0, 0, 0, 0), /no zstd frame at byte 12/);
  assert.throws(() => split(...MAGIC, 0x28, 3, ...RAW_BLOCK), /reserved bit/);
  assert.throws(() => split(...MAGIC, 0x20, 3, (3 << 3) | 7, 0, 0, 7, 7, 7), /block at byte 6/);
  assert.throws(() => split(...MAGIC, 0x20, 3, 0xff, 0xff, 0xff), /block at byte 6/);
  assert.throws(() => split(...MAGIC, 0x24, 3, ...RAW_BLOCK, 1, 2, 3), /cut off/);
  assert.throws(() => split(...MAGIC, 0x00, 0, ...RAW_BLOCK), /states 0 bytes/, 'no size stated');
  assert.throws(() => split(...MAGIC, 0x60, 0, 4, ...RAW_BLOCK), /states 1280 bytes/);
});
