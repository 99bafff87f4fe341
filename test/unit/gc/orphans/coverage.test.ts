import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coverage } from '../../../../src/gc/orphans/coverage.ts';
import { defaultMargins } from '../../../../src/gc/safety.ts';
import { manifestOf } from '../../../support/manifests.ts';

const margins = { ...defaultMargins, orphanMinimumAgeMs: 3_600_000, markerMinimumAgeMs: 7_200_000 };
const nowMs = Date.parse('2026-11-21T12:00:00Z');
const at = (hour: number): number => Date.parse('2026-11-21T00:00:00Z') + hour * 3_600_000;

test('a key is judged by the newest snapshot that covers it, and by no other', () => {
  const snapshots = [
    manifestOf('20261121T040000Z', { prefix: 'a' }),
    manifestOf('20261121T060000Z', { prefix: 'a/b' }),
    manifestOf('20261121T050000Z', { prefix: 'a' }),
    manifestOf('20261121T080000Z', { prefix: 'c' }),
  ];
  const coverage = new Coverage(snapshots, snapshots, margins, nowMs);
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
  const snapshots = [manifestOf('20261121T115900Z')];
  const horizons = new Coverage(snapshots, snapshots, margins, nowMs).horizonsOf('x');
  assert.deepEqual([horizons?.versionsMs, horizons?.markersMs], [at(11), at(10)]);
});

test('the moments of all snapshots that cover a key count, those that go too', () => {
  const kept = [manifestOf('20261121T080000Z')];
  const others = [manifestOf('20261121T040000Z', { prefix: 'a' }), manifestOf('20261121T060000Z')];
  const horizons = new Coverage(kept, [...kept, ...others], margins, nowMs).horizonsOf('b');
  const isIn = (from: number, before: number) => horizons?.hasSnapshotIn(at(from), at(before));
  assert.deepEqual(
    [isIn(3, 5), isIn(5, 7), isIn(6, 7), isIn(5, 6), isIn(7, 8), isIn(8, 9), isIn(9, 12)],
    [false, true, true, false, false, true, false],
  );
});
