import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTime } from '../../../src/cli/times.ts';
import { BackupError } from '../../../src/errors.ts';

const nowMs = Date.parse('2026-11-21T04:00:00Z');

function parsed(text: string): string {
  return new Date(parseTime(text, nowMs)).toISOString();
}

test('ISO 8601, with and without an offset', () => {
  assert.equal(parsed('2026-11-20T18:00:00Z'), '2026-11-20T18:00:00.000Z');
  assert.equal(parsed('2026-11-20T18:00:00+02:00'), '2026-11-20T16:00:00.000Z');
  assert.equal(parsed('20261120T180000Z'), '2026-11-20T18:00:00.000Z');
});

test('dates and times without a zone are local', () => {
  assert.equal(parseTime('2026-11-20', nowMs), new Date(2026, 10, 20).getTime());
  assert.equal(parseTime('2026-11-20 18:05', nowMs), new Date(2026, 10, 20, 18, 5).getTime());
  assert.equal(parseTime('2026-11-20 18:05:07', nowMs), new Date(2026, 10, 20, 18, 5, 7).getTime());
});

test('now, and ages', () => {
  assert.equal(parsed('now'), '2026-11-21T04:00:00.000Z');
  assert.equal(parsed('36h'), '2026-11-19T16:00:00.000Z');
  assert.equal(parsed('7d'), '2026-11-14T04:00:00.000Z');
  assert.equal(parsed('2w'), '2026-11-07T04:00:00.000Z');
});

test('what is no time is refused, with the forms', () => {
  for (const text of ['', 'yesterday', '2026-13-01', '2026-02-30', '7', 'd7', '2026-11-20 25:00']) {
    assert.throws(
      () => parseTime(text, nowMs),
      (error) => error instanceof BackupError && error.code === 'USAGE' && /ISO 8601/.test(error.hint ?? ''),
      text,
    );
  }
});
