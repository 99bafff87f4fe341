import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf } from '../../../src/cli/figures.ts';

test('texts and figures of the top, figures one level deeper, lists by their length', () => {
  const result = {
    snapshot: '20261121T040000Z',
    dryRun: false,
    removed: ['a', 'b'],
    versions: { deleted: 30, note: 'left out' },
    savings: { billedOn: { bytes: 1 } },
    orphans: null,
    note: '',
  };
  assert.deepEqual(figuresOf(result), {
    snapshot: '20261121T040000Z',
    dryRun: false,
    removed: 2,
    'versions.deleted': 30,
  });
  assert.deepEqual(figuresOf([{}, {}]), { results: 2 });
  assert.deepEqual(figuresOf(undefined), {});
});
