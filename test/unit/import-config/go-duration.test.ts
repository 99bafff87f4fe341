import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goDurationMs } from '../../../src/import-config/go-duration.ts';

test('durations as Go writes them, in milliseconds', () => {
  const cases: [unknown, number | undefined][] = [
    ['30s', 30_000],
    ['1m30.5s', 90_500],
    ['250ms', 250],
    ['1h', 3_600_000],
    ['500us', 1],
    ['500µs', 1],
    ['0', 0],
    ['.5s', 500],
    [30_000_000_000, 30_000],
    ['30', undefined],
    ['30 s', undefined],
    ['-1s', undefined],
    ['', undefined],
    [null, undefined],
  ];
  for (const [text, ms] of cases) assert.equal(goDurationMs(text), ms, String(text));
});
