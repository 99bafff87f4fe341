import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, formatBytes, formatCount, formatDuration, printable } from '../../../src/ui/format.ts';

test('bytes, counts and durations as people read them', () => {
  assert.deepEqual([0, 1023, 1536, 5 * 1024 ** 4].map(formatBytes), ['0 B', '1023 B', '1.5 KiB', '5.0 TiB']);
  assert.deepEqual([0, 999, 1000, 1234567.8].map(formatCount), ['0', '999', '1,000', '1,234,568']);
  assert.deepEqual([countOf(1, 'key'), countOf(2000, 'key')], ['1 key', '2,000 keys']);
  assert.deepEqual([300, 9900, 83_000, 7_380_000].map(formatDuration), ['0.3s', '9.9s', '1m 23s', '2h 3m']);
});

test('a key with control characters is one line and moves no cursor', () => {
  assert.equal(printable('a\nb\u001b[2J\u202e'), 'a\\u{a}b\\u{1b}[2J\\u{202e}');
  assert.equal(printable('Größe 日本 \u{1F600}'), 'Größe 日本 \u{1F600}');
});
