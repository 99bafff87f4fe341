import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareOldEntries, type OldEntry } from '../../../src/takeover/old-entry.ts';
import { EntrySorter, mergeSorted } from '../../../src/takeover/sort.ts';
import { tempDir } from '../../support/temp-dir.ts';

const entries = fc.array(
  fc.record({
    key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
    versionId: fc.constantFrom('a', 'b'),
    sizeBytes: fc.option(fc.nat(9), { nil: undefined }),
    lastModifiedMs: fc.option(fc.nat(9), { nil: undefined }),
  }),
  { maxLength: 60 },
);

test('sorts like an array, however many runs it takes, and leaves no file', async (t) => {
  const folder = tempDir(t);
  await fc.assert(
    fc.asyncProperty(entries, fc.integer({ min: 1, max: 20 }), async (unsorted, runLength) => {
      const sorter = new EntrySorter(folder, 'run', runLength);
      try {
        for (const entry of unsorted) await sorter.add(entry);
        const sorted: OldEntry[] = [];
        for await (const entry of sorter.sorted()) sorted.push(entry);
        const wanted = unsorted.toSorted(compareOldEntries);
        const order = (all: OldEntry[]): unknown =>
          all.map(({ key, lastModifiedMs = 0 }) => [key, lastModifiedMs]);
        assert.deepEqual(order(sorted), order(wanted));
        const asSet = (all: OldEntry[]): string[] => all.map((each) => JSON.stringify(each)).sort();
        assert.deepEqual(asSet(sorted), asSet(wanted));
      } finally {
        await sorter.remove();
      }
    }),
    { numRuns: 100 },
  );
  assert.deepEqual(readdirSync(join(folder, 'plans')), []);
});

test('merges streams, the empty ones too', async () => {
  async function* of(...items: number[]): AsyncGenerator<number> {
    yield* items;
  }
  const merged: number[] = [];
  const runs = [of(3, 6, 9), of(), of(1, 2), of(4), of(1, 5, 7, 8)];
  for await (const item of mergeSorted(runs, (a, b) => a - b)) merged.push(item);
  assert.deepEqual(merged, [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
