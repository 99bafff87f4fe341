import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { ENTRY_TIME, parseEntryTime } from '../../../src/index/entry-time.ts';
import { entryOf } from './support.ts';

const FORM = new RegExp(`^${ENTRY_TIME}$`);
const anyTimeMs = fc.oneof(
  fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
  fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }).map((second) => second * 1000),
);

function formatEntryTime(lastModifiedMs: number): string {
  return encodeEntry(entryOf('k', { lastModifiedMs })).split(',')[3]!;
}

test('writes any time as Date does, without a fraction that is zero, and reads it back (trap 33)', () => {
  fc.assert(
    fc.property(anyTimeMs, (timeMs) => {
      const text = formatEntryTime(timeMs);
      assert.equal(text, new Date(timeMs).toISOString().replace('.000Z', 'Z'));
      assert.match(text, FORM);
      assert.equal(parseEntryTime(text), timeMs);
    }),
    { numRuns: 2000 },
  );
});

test('knows every day, and remembers more of them than it keeps', () => {
  for (let day = -5000; day < 25_000; day++) {
    const timeMs = day * 86_400_000 + 123;
    assert.equal(parseEntryTime(formatEntryTime(timeMs)), timeMs);
  }
});

test('refuses what is no time in milliseconds', () => {
  for (const timeMs of [Number.NaN, 0.5, Infinity, 253_402_300_800_000, -62_167_219_200_001]) {
    assert.throws(() => formatEntryTime(timeMs), /is no time in milliseconds/);
  }
});

test('has one form for a time', () => {
  for (const text of [
    '2026-11-21T04:00:00',
    '2026-11-21T04:00:00.000Z',
    '2026-11-21T04:00:00.1Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T04:60:00Z',
    '2026-11-21 04:00:00Z',
    '2026-11-21T04:00:00+00:00',
  ]) {
    assert.doesNotMatch(text, FORM);
  }
});

test('refuses a day that does not exist', () => {
  for (const day of ['2026-02-30', '2026-13-01', '2026-00-10', '2025-02-29']) {
    assert.throws(() => parseEntryTime(`${day}T04:00:00Z`), /is no day/);
  }
  assert.equal(parseEntryTime('2024-02-29T00:00:00Z'), Date.UTC(2024, 1, 29));
});
