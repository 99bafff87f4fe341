import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coverage } from '../../../../src/gc/orphans/coverage.ts';
import { defaultMargins } from '../../../../src/gc/safety.ts';
import { manifestOf } from '../../../support/manifests.ts';

const margins = { ...defaultMargins, orphanMinimumAgeMs: 3_600_000, markerMinimumAgeMs: 7_200_000 };
const nowMs = Date.parse('2026-11-21T12:00:00Z');
const at = (hour: number): number => Date.parse('2026-11-21T00:00:00Z') + hour * 3_600_000;

test('a key is judged by the newest snapshot that covers it, and by no other', () => {
  const coverage = new Coverage(
    [
      manifestOf('20261121T040000Z', { prefix: 'a' }),
      manifestOf('20261121T060000Z', { prefix: 'a/b' }),
      manifestOf('20261121T050000Z', { prefix: 'a' }),
      manifestOf('20261121T080000Z', { prefix: 'c' }),
    ],
    margins,
    nowMs,
  );
  assert.deepEqual(
    ['a/b/c', 'a/c', 'ab', 'c', 'b', ''].map((key) => coverage.horizonsOf(key)?.versionsMs),
    [at(6), at(5), at(5), at(8), undefined, undefined],
  );
  const widest = coverage.widest().map(({ prefix, newest }) => [prefix, newest.snapshot]);
  assert.deepEqual(widest.sort(), [
    ['a', '20261121T050000Z'],
    ['c', '20261121T080000Z'],
  ]);
});

test('nothing is history that is younger than its margin', () => {
  const coverage = new Coverage([manifestOf('20261121T115900Z')], margins, nowMs);
  assert.deepEqual(coverage.horizonsOf('x'), { versionsMs: at(11), markersMs: at(10) });
});
