import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderTable } from '../../../src/ui/table.ts';

test('plain columns, numbers to the right, no colours, no borders, nothing at the ends of lines', () => {
  const text = renderTable(
    [
      { name: 'name', title: 'NAME' },
      { name: 'size', title: 'SIZE', align: 'right' },
      { name: 'note', title: 'NOTE' },
    ],
    [
      { name: 'a', size: '1', note: '' },
      { name: 'longer', size: '1,000', note: 'n' },
    ],
  );
  assert.deepEqual(text.split('\n'), ['NAME     SIZE  NOTE', 'a           1', 'longer  1,000  n']);
});
