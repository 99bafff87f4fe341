import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderRemoval } from '../../../src/cli/render-removal.ts';
import { emptyCounts } from '../../../src/gc/sweep.ts';
import type { GcResult } from '../../../src/gc/remove-snapshots.ts';

const versions = { ...emptyCounts(1500), deleted: 1500 };
const result: GcResult = {
  removed: ['20261121T040000Z'],
  kept: [],
  versions,
  orphans: null,
  bytesFreed: 0,
  savings: { dollarsPerMonth: 0, basis: '', billedOn: { versions: 0, bytes: 0, days: 0, dollars: 0 } },
  rangesDeleted: 1,
  dryRun: false,
  mark: '20261121T050000000Z',
  failures: [],
};

test('what was not deleted is named as far as there is any', () => {
  assert.equal(
    renderRemoval(result),
    'Removed 20261121T040000Z\nDeleted 1,500 versions of 1,500 marked, and 1 range of the index.',
  );
  const some = { ...versions, deleted: 1, current: 3, locked: 1496 };
  assert.match(
    renderRemoval({ ...result, versions: some }),
    /Deleted 1 version of 1,500 marked \(3 current, 1,496 locked\), and 1 range/,
  );
});

test('of many failures some are shown, and how many more there are', () => {
  const failure = { key: 'a', versionId: 'v', code: 'AccessDenied', message: 'Access Denied' };
  const failures = Array.from({ length: 55 }, () => failure);
  const shown = renderRemoval({ ...result, versions: { ...versions, locked: 60 }, failures }).split('\n');
  assert.equal(
    shown.filter((line) => line.startsWith('Not deleted: a (version v): AccessDenied')).length,
    50,
  );
  assert.ok(shown.includes('Not deleted: 10 more.'));
});
