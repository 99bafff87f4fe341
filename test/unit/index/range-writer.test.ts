import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeStore } from '../../../src/index/range-store.ts';
import { RangeWriter } from '../../../src/index/range-writer.ts';
import { readRange } from '../../../src/index/range-entries.ts';
import {
  CUT_BITS,
  anyEntries,
  anySplit,
  byKey,
  entryOf,
  expectedRanges,
  filesOf,
  inFolder,
  numberedEntries,
  splitAt,
  writeEntries,
} from './support.ts';

const RUNS = { numRuns: 40 };

test('writes the ranges that the definition says, and they hold the entries', async () => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.boolean(), (entries, compress) =>
      inFolder(async (folder) => {
        const store = new RangeStore(folder, { compress });
        const ranges = await writeEntries(store, entries);
        assert.deepEqual(ranges, expectedRanges(entries));
        const read = await Promise.all(ranges.map((ref) => readRange(store, ref)));
        assert.deepEqual(read.flat(), entries);
      }),
    ),
    RUNS,
  );
});

test('the ranges are the same whatever the paging', async () => {
  await fc.assert(
    fc.asyncProperty(anyEntries, anySplit, (entries, places) =>
      inFolder(async (folder) => {
        const writer = new RangeWriter(new RangeStore(folder, { compress: true }), { cutBits: CUT_BITS });
        for (const page of splitAt(entries, places)) await writer.write(page);
        const { ranges, newRanges } = await writer.finish();
        assert.deepEqual(ranges, expectedRanges(entries));
        assert.equal(newRanges, ranges.length);
      }),
    ),
    RUNS,
  );
});

test('one changed entry makes one new range', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(folder, { compress: true });
    const entries = numberedEntries(200);
    await writeEntries(store, entries, 4);
    const writer = new RangeWriter(store, { cutBits: 4 });
    await writer.write(entries.map((entry, n) => (n === 100 ? { ...entry, versionId: 'new' } : entry)));
    const { ranges, newRanges } = await writer.finish();
    assert.ok(ranges.length > 5);
    assert.equal(newRanges, 1);
  });
});

test('no entries, no ranges, no files', async () => {
  await inFolder(async (folder) => {
    const writer = new RangeWriter(new RangeStore(folder, { compress: true }));
    await writer.write([]);
    assert.deepEqual(await writer.finish(), { ranges: [], newRanges: 0 });
    assert.deepEqual(await readdir(folder), []);
  });
});

test('rejects keys that are out of order or equal, within a batch and between two', async () => {
  const swapped = fc.tuple(anyEntries, fc.nat(), fc.nat()).filter(([entries]) => entries.length > 1);
  await fc.assert(
    fc.asyncProperty(swapped, fc.boolean(), ([entries, a, b], oneByOne) =>
      inFolder(async (folder) => {
        const from = a % entries.length;
        const to = b % entries.length;
        const unsorted = from === to ? [...entries.slice(0, to + 1), ...entries.slice(to)] : [...entries];
        if (from !== to) unsorted.splice(to, 0, ...unsorted.splice(from, 1));
        assert.notDeepEqual(unsorted, [...entries].sort(byKey));
        const writer = new RangeWriter(new RangeStore(folder, { compress: true }), { cutBits: CUT_BITS });
        const writeAll = async (): Promise<void> => {
          for (const batch of oneByOne ? unsorted.map((entry) => [entry]) : [unsorted])
            await writer.write(batch);
        };
        await assert.rejects(writeAll(), { code: 'LISTING_INVALID' });
        await writer.discard();
        const left = await readdir(join(folder, 'ranges'));
        assert.ok(
          left.every((name) => !name.startsWith('.tmp-')),
          'no temporary file is left',
        );
      }),
    ),
    RUNS,
  );
});

test('the order is that of the UTF-8 bytes', async () => {
  await inFolder(async (folder) => {
    const writer = new RangeWriter(new RangeStore(folder, { compress: true }));
    await writer.write([entryOf('\uFFFD'), entryOf('\u{1F600}')]);
    await assert.rejects(writer.write([entryOf('\uFFFE')]), /was listed after/);
  });
});

test('a writer that has failed, is busy or has finished takes nothing more', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(folder, { compress: true });
    const failed = new RangeWriter(store);
    await assert.rejects(failed.write([entryOf('b'), entryOf('a')]), /was listed after/);
    await assert.rejects(failed.write([entryOf('c')]), /busy, finished or has failed/);
    await assert.rejects(failed.finish(), /busy, finished or has failed/);

    const busy = new RangeWriter(store);
    const first = busy.write([entryOf('a')]);
    await assert.rejects(busy.write([entryOf('b')]), /busy, finished or has failed/);
    await first;
    assert.equal((await busy.finish()).ranges.length, 1);
    await assert.rejects(busy.write([entryOf('c')]), /busy, finished or has failed/);
  });
});

test('a writer that could not finish leaves nothing once it is given up', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(folder, { compress: true });
    const writer = new RangeWriter(store, { cutBits: 31 });
    await writer.write([entryOf('a')]);
    store.add = () => Promise.reject(new Error('full'));
    await assert.rejects(writer.finish(), /full/);
    await writer.discard();
    assert.deepEqual([...(await filesOf(folder)).keys()], []);
  });
});
