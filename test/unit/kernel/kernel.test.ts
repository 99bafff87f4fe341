import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IS_SAME_KEY, textOf } from '../../../src/entry-table.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { tabulate } from '../../../src/index/tabulate.ts';
import { kernel } from '../../../src/kernel/kernel.ts';
import { urlDecode } from '../../../src/s3/list-versions-xml.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';
import { anyEntries, anyEntry, anyKey, byKey, entryOf } from '../index/support.ts';

const NO_CUTS = 0x7fffffff;

/** By the definition (docs/formats.md). */
function slowLine({ key, versionId, sizeBytes, lastModifiedMs, etag, storageClass }: Entry): string {
  const time = new Date(lastModifiedMs).toISOString().replace('.000Z', 'Z');
  const encoded = [key, versionId, etag, storageClass].map(slowEncode);
  return [encoded[0], encoded[1], sizeBytes, time, encoded[2], encoded[3]].join(',') + '\n';
}

function slowEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9\-_.~/]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

const allRows = (entries: readonly Entry[]): Int32Array => Int32Array.from(entries.keys());

test('writes the lines of any rows as the format says', () => {
  fc.assert(
    fc.property(anyEntries, fc.array(fc.boolean()), (entries, chosen) => {
      const rows = allRows(entries).filter((row) => chosen[row] !== false);
      const {
        lines,
        rows: written,
        end,
      } = kernel().writeLines(tabulate(entries), rows, 0, undefined, NO_CUTS);
      assert.equal(lines.toString('latin1'), Array.from(rows, (row) => slowLine(entries[row]!)).join(''));
      assert.deepEqual([written, end], [rows.length, 'done']);
    }),
  );
});

test('writes plain texts the same whether they are known to be plain or not', () => {
  const plainText = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '9', '-', '_', '.', '~', '/'),
    minLength: 1,
    maxLength: 70,
  });
  fc.assert(
    fc.property(plainText, plainText, plainText, (key, versionId, etag) => {
      const entry = entryOf(key, { versionId, etag });
      const table = tabulate([entry]);
      table.columns.mayNeedEscapes.fill(0);
      const { lines } = kernel().writeLines(table, Int32Array.of(0), 0, undefined, NO_CUTS);
      assert.equal(lines.toString('latin1'), slowLine(entry));
    }),
  );
});

test('writes more lines than there is room for in several calls, and one that is longer in one', () => {
  for (const entries of [
    Array.from({ length: 5000 }, (_, n) => entryOf(`k${n + 10_000}-${'x'.repeat(n % 90)}`)),
    [entryOf('é'.repeat(300_000))],
  ]) {
    const table = tabulate(entries);
    const rows = allRows(entries);
    let plain = '';
    let calls = 0;
    for (let from = 0, lastKey: Buffer | undefined; from < rows.length; calls++) {
      const next = kernel().writeLines(table, rows, from, lastKey, NO_CUTS);
      plain += next.lines.toString('latin1');
      from += next.rows;
      lastKey = Buffer.from(entries[from - 1]!.key);
    }
    assert.equal(plain, entries.map(slowLine).join(''));
    assert.equal(calls > 1, entries.length > 1);
  }
});

test('goes on to keys that sort after the last one, and to no others', () => {
  const longKey = fc.integer({ min: 1000, max: 3000 }).map((length) => 'k'.repeat(length));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyKey, anyKey, longKey), { minLength: 1 }),
      fc.option(fc.oneof(anyKey, longKey), { nil: undefined }),
      (keys, lastKey) => {
        const entries = keys.map((key) => entryOf(key));
        const before = lastKey === undefined ? undefined : Buffer.from(lastKey);
        const next = kernel().writeLines(tabulate(entries), allRows(entries), 0, before, NO_CUTS);
        const ordered = keys.findIndex((key, n) => {
          const other = n === 0 ? lastKey : keys[n - 1];
          return other !== undefined && byKey({ key }, { key: other }) <= 0;
        });
        const expected = ordered < 0 ? [keys.length, 'done'] : [ordered, 'outOfOrder'];
        assert.deepEqual([next.rows, next.end], expected);
        assert.equal(next.lines.toString('latin1'), entries.slice(0, next.rows).map(slowLine).join(''));
      },
    ),
  );
});

test('ends at a row that has no line', () => {
  for (const odd of [
    { key: '' },
    { versionId: '' },
    { sizeBytes: -1 },
    { sizeBytes: 0.5 },
    { lastModifiedMs: NaN },
  ]) {
    const entries = [entryOf('a'), entryOf('b', odd), entryOf('c')].sort(byKey);
    const at = entries.findIndex(({ key }) => key === (odd.key ?? 'b'));
    const next = kernel().writeLines(tabulate(entries), allRows(entries), 0, undefined, NO_CUTS);
    assert.deepEqual([next.rows, next.end], [at, 'withoutLine'], JSON.stringify(odd));
  }
});

test('compares any keys with those before them', () => {
  const long = fc
    .tuple(fc.constantFrom('p'.repeat(40), 'q'.repeat(64)), anyKey)
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(fc.oneof(anyKey, long)), fc.boolean(), (keys, isSorted) => {
      const entries = keys.map((key) => entryOf(key));
      if (isSorted) entries.sort(byKey);
      const table = tabulate(entries);
      const ordered = entries.findIndex((entry, n) => n > 0 && byKey(entry, entries[n - 1]!) < 0);
      const end = ordered < 0 ? entries.length : ordered;
      assert.equal(kernel().compareNeighbours(table, entries.length), end);
      for (let row = 0; row < end; row++) {
        const isSame = (table.columns.flags[row]! & IS_SAME_KEY) !== 0;
        assert.equal(isSame, row > 0 && entries[row]!.key === entries[row - 1]!.key);
      }
    }),
  );
});

test('decodes the keys of an answer as `urlDecode` does, and none where one is malformed (trap 24)', () => {
  const encoded = fc.array(
    fc.oneof(
      anyKey.map((key) => encodeURIComponent(key)),
      fc.string({
        unit: fc.constantFrom('a', '+', '%', '2', 'B', 'b', 'C', '3', 'A', '9', 'é'),
        minLength: 1,
      }),
    ),
  );
  fc.assert(
    fc.property(encoded, (keys) => {
      const table = new VersionTable();
      for (const key of keys) table.add({ ...entryOf(key), isLatest: true, isDeleteMarker: false });
      const decoded = keys.map((key) => urlDecode(key));
      const changed = kernel().decodeKeys(table, table.rows);
      const isWhole = !decoded.includes(undefined);
      assert.equal(changed !== undefined, isWhole);
      if (changed !== undefined) table.page.append(changed);
      const expected = isWhole ? decoded : keys;
      assert.deepEqual(
        keys.map((_, row) => textOf(table, row, 'key')),
        expected,
      );
    }),
    { numRuns: 1000 },
  );
});

test('works on the table that it is given, whatever it worked on before', () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { minLength: 2, maxLength: 6 }), (entries) => {
      const table = new VersionTable();
      for (const entry of entries) {
        table.page.clear();
        table.clear();
        table.add({ ...entry, isLatest: true, isDeleteMarker: false });
        const write = () => kernel().writeLines(table, Int32Array.of(0), 0, undefined, NO_CUTS).lines;
        assert.equal(write().toString('latin1'), slowLine(entry));
        kernel().writeLines(tabulate([entryOf('other')]), Int32Array.of(0), 0, undefined, NO_CUTS);
        table.add({ ...entry, isLatest: false, isDeleteMarker: false });
        assert.equal(write().toString('latin1'), slowLine(entry));
      }
    }),
  );
});
