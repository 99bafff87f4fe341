import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/index/entry.ts';
import { RangeStore } from '../../../src/index/range-store.ts';
import { KeyRangeWriter, RangeWriter, joinFragments } from '../../../src/index/range-writer.ts';
import type { KeyRangePart } from '../../../src/index/range-writer.ts';
import { tabulate } from '../../../src/index/tabulate.ts';
import { readRange } from '../../../src/index/range-entries.ts';
import {
  CUT_BITS,
  anyEntries,
  byKey,
  entryOf,
  expectedRanges,
  inFolder,
  numberedEntries,
  writeEntries,
} from './support.ts';

const RUNS = { numRuns: 40 };
const anySplit = fc.array(fc.nat(40), { maxLength: 6 }).map((places) => places.sort((a, b) => a - b));

/** `entries` cut at the places given; some pieces may be empty. */
function splitAt(entries: Entry[], places: number[]): Entry[][] {
  const bounds = [0, ...places, entries.length];
  return bounds.slice(1).map((end, n) => entries.slice(bounds[n], Math.max(end, bounds[n] ?? 0)));
}

async function writeKeyRange(store: RangeStore, entries: Entry[], cutBits: number): Promise<KeyRangePart> {
  const writer = new KeyRangeWriter(store, { cutBits });
  for (const entry of entries) await writer.write(tabulate([entry]), Int32Array.of(0));
  return writer.finish();
}

/** Path and content of every file below a folder. */
async function filesOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const item of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(item.parentPath, item.name);
    if (item.isFile()) files.set(path.slice(folder.length), await readFile(path, 'base64'));
  }
  return files;
}

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

test('ranges and files are the same whatever the split into key ranges', async () => {
  await fc.assert(
    fc.asyncProperty(anyEntries, anySplit, fc.integer({ min: 0, max: 5 }), (entries, places, cutBits) =>
      inFolder((whole) =>
        inFolder(async (split) => {
          const ranges = await writeEntries(new RangeStore(whole, { compress: true }), entries, cutBits);
          const store = new RangeStore(split, { compress: true });
          const keyRanges = splitAt(entries, places).map((part) => writeKeyRange(store, part, cutBits));
          const joined = await joinFragments(store, await Promise.all(keyRanges));
          assert.deepEqual(joined.ranges, ranges);
          assert.deepEqual(joined.ranges, expectedRanges(entries, cutBits));
          assert.equal(joined.newRanges, ranges.length);
          assert.deepEqual(await filesOf(split), await filesOf(whole), 'no other file, and no other byte');
        }),
      ),
    ),
    RUNS,
  );
});

test('a range longer than a frame is the same file when it is spliced', async () => {
  const entries = numberedEntries(30_000);
  await inFolder((whole) =>
    inFolder(async (split) => {
      const [ref, ...others] = await writeEntries(new RangeStore(whole, { compress: true }), entries, 31);
      assert.ok(ref && ref.plainBytes > 2 * 1024 * 1024);
      assert.deepEqual(others, []);
      const store = new RangeStore(split, { compress: true });
      const parts = [];
      for (const part of splitAt(entries, [7, 7, 12_345])) {
        const writer = new KeyRangeWriter(store, { cutBits: 31 });
        await writer.write(tabulate(part), Int32Array.from(part.keys()));
        parts.push(await writer.finish());
      }
      assert.deepEqual((await joinFragments(store, parts)).ranges, [ref]);
      assert.deepEqual(await filesOf(split), await filesOf(whole));
    }),
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

test('what waits is a range of its own where the part after it begins at a cut that is gone', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(folder, { compress: true });
    const whole = numberedEntries(40);
    // The last key before the second part, after which there was a cut, was deleted since that part was listed.
    const before = whole.slice(0, 3);
    const after = new KeyRangeWriter(store, { cutBits: 1, beginsAtCut: true });
    await after.write(tabulate(whole.slice(4)), Int32Array.from(whole.slice(4).keys()));
    const parts = [await writeKeyRange(store, before, 31), await after.finish()];
    assert.ok(parts[1] !== undefined && parts[1].ranges.length > 0 && parts[1].head === undefined);
    const { ranges } = await joinFragments(store, parts);
    const read = await Promise.all(ranges.map((ref) => readRange(store, ref)));
    assert.deepEqual(read.flat(), [...before, ...whole.slice(4)]);
  });
});

test('a splice that fails leaves all fragments, from which it is done once its cause is mended', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(folder, { compress: true });
    const entries = numberedEntries(40);
    const parts = [];
    for (const part of splitAt(entries, [7, 19, 30])) parts.push(await writeKeyRange(store, part, CUT_BITS));
    const fragments = parts.flatMap(({ head, tail }) => [head, tail]).filter((each) => each !== undefined);
    assert.ok(fragments.length > 4);
    const damaged = fragments.at(-1)!;
    const { hash } = damaged;
    const written = [...(await filesOf(folder)).keys()];
    damaged.hash = 'another';
    await assert.rejects(joinFragments(store, parts), { code: 'SNAPSHOTS_DIR' });
    const left = await filesOf(folder);
    for (const path of written) assert.ok(left.has(path), path);
    damaged.hash = hash;
    assert.deepEqual((await joinFragments(store, parts)).ranges, expectedRanges(entries));
    const names = [...(await filesOf(folder)).keys()];
    assert.deepEqual(
      names.filter((name) => !name.endsWith('.csv.zst')),
      [],
    );
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
