import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../../src/errors.ts';
import { entryAt, tabulate } from '../../../src/index/tabulate.ts';
import { anyEntry, entryOf } from './support.ts';

test('holds all fields of all entries', () => {
  fc.assert(
    fc.property(fc.array(anyEntry), (entries) => {
      const table = tabulate(entries);
      assert.deepEqual(
        entries.map((_, row) => entryAt(table, row)),
        entries,
      );
    }),
  );
});

test('refuses a text that has no UTF-8 form', () => {
  for (const key of ['\uD83D', 'a\uDE00b', '\uDE00\uD83D']) {
    assert.throws(
      () => tabulate([entryOf(key)]),
      (error) => error instanceof BackupError && error.code === 'LISTING_INVALID',
    );
  }
});
