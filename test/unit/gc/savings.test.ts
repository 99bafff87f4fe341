import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Savings } from '../../../src/gc/savings.ts';
import type { Entry } from '../../../src/index/entry.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-11-21T04:00:00Z');
const gib = 1024 ** 3;

function version(storageClass: string, ageDays: number): Entry {
  return {
    key: 'k',
    versionId: 'v',
    sizeBytes: 100 * gib,
    lastModifiedMs: nowMs - ageDays * dayMs,
    etag: '',
    storageClass,
  };
}

test('counts dollars by storage class', () => {
  const savings = new Savings(nowMs);
  savings.add(version('STANDARD', 0));
  savings.add(version('DEEP_ARCHIVE', 200));
  savings.add(version('A_CLASS_TO_COME', 0));
  const { dollarsPerMonth, billedOn, basis } = savings.estimate();
  assert.equal(dollarsPerMonth.toFixed(4), (2.3 + 0.099 + 2.3).toFixed(4));
  assert.equal(billedOn.versions, 0);
  assert.match(basis, /list prices/);
});

test('tells what is billed on for the minimum storage time (trap 21)', () => {
  const savings = new Savings(nowMs);
  savings.add(version('DEEP_ARCHIVE', 150));
  savings.add(version('GLACIER', 89.5));
  savings.add(version('GLACIER', 90));
  const { billedOn } = savings.estimate();
  assert.deepEqual([billedOn.versions, billedOn.bytes, billedOn.days], [2, 200 * gib, 30]);
  assert.equal(billedOn.dollars.toFixed(4), (0.099 + 0.36 / 30).toFixed(4));
});
