import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../src/entry-table.ts';
import { BackupError } from '../../../src/errors.ts';
import { tabulate } from '../../../src/index/tabulate.ts';
import { anyEntry, entryOf } from './support.ts';

test('holds all fields of all entries', () => {
  fc.assert(
    fc.property(fc.array(anyEntry), (entries) => {
      const table = tabulate(entries);
      const read = entries.map((_, row) => ({
        key: textOf(table, row, 'key'),
        versionId: textOf(table, row, 'versionId'),
        sizeBytes: table.sizesBytes[row],
        lastModifiedMs: table.lastModifiedMs[row],
        etag: textOf(table, row, 'etag'),
        storageClass: textOf(table, row, 'storageClass'),
      }));
      assert.deepEqual(read, entries);
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
