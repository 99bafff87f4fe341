import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/index/entry.ts';
import { RangeStore } from '../../../src/index/range-store.ts';
import { KeyRangeWriter } from '../../../src/index/range-writer.ts';
import { tabulate } from '../../../src/index/tabulate.ts';
import { compareKeyRanges, gapsBetween } from '../../../src/snapshot/key-range.ts';
import { Seams, type Piece } from '../../../src/snapshot/seams.ts';
import type { FinishedRange } from '../../../src/snapshots/unfinished.ts';
import { Random } from '../../support/random.ts';
import {
  anyEntries,
  anySplit,
  expectedRanges,
  filesOf,
  inFolder,
  numberedEntries,
  splitAt,
  takeAll,
  writeEntries,
} from '../index/support.ts';

/** Of the pool of a store. */
const allBlocks = takeAll(new RangeStore('', { compress: true }).blocks);

interface Joined {
  seams: Seams;
  store: RangeStore;
  finished: FinishedRange[];
}

function openSeams(folder: string, before: FinishedRange[] = []): Joined {
  const store = new RangeStore(folder, { compress: true });
  const finished = [...before];
  const onFinished = async (range: FinishedRange) => void finished.push(range);
  return { store, finished, seams: new Seams({ store, finished: before, onFinished }) };
}

interface Part {
  after: string | undefined;
  upTo: string | undefined;
  entries: Entry[];
}

/** Each ends with its last key, or where the one before it ends. */
function partsOf(entries: Entry[], places: number[]): Part[] {
  const pieces = splitAt(entries, places);
  const parts: Part[] = [];
  for (const [index, piece] of pieces.entries()) {
    const after = parts.at(-1)?.upTo ?? (index === 0 ? undefined : '\u0000');
    const upTo = index === pieces.length - 1 ? undefined : (piece.at(-1)?.key ?? after ?? '\u0000');
    if (upTo !== after || upTo === undefined) parts.push({ after, upTo, entries: piece });
  }
  return parts;
}

async function piecesOf({ after, upTo, entries }: Part, { store, finished, seams }: Joined, cutBits: number) {
  const beginsAtCut = seams.isCut(after);
  const writer = new KeyRangeWriter(store, { cutBits, beginsAtCut });
  for (const entry of entries) await writer.write(tabulate([entry]), Int32Array.of(0));
  const pieces: Piece[] = [];
  const head = writer.takeHead();
  if (head) pieces.push({ after, upTo: head.lastKey, beginsAtCut: false, endsAtCut: true, entries: head });
  const written = writer.takeRanges();
  let reached = head?.lastKey ?? after;
  if (written.ranges.length > 0) {
    finished.push({ after: reached, upTo: written.ranges.at(-1)?.lastKey, ...written });
    reached = written.ranges.at(-1)?.lastKey;
  }
  pieces.push({
    after: reached,
    upTo,
    beginsAtCut: beginsAtCut || reached !== after,
    endsAtCut: seams.isCut(upTo),
    entries: writer.finish(),
  });
  return pieces;
}

test('ranges and files are the same whatever the split into key ranges, and whichever comes first', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyEntries,
      anySplit,
      fc.integer({ min: 0, max: 5 }),
      fc.nat(),
      fc.boolean(),
      (entries, places, cutBits, seed, isMemoryFull) =>
        inFolder((whole) =>
          inFolder(async (folder) => {
            const ranges = await writeEntries(new RangeStore(whole, { compress: true }), entries, cutBits);
            const joined = openSeams(folder);
            if (isMemoryFull) takeAll(joined.store.blocks);
            const random = new Random(seed);
            const pieces = [];
            for (const part of partsOf(entries, places))
              pieces.push(...(await piecesOf(part, joined, cutBits)));
            const adding = pieces.map(async (piece) => {
              for (let turns = random.below(8); turns > 0; turns--) await nextTurn();
              await joined.seams.add(piece);
            });
            await Promise.all(adding);
            const finished = joined.finished.toSorted(compareKeyRanges);
            assert.deepEqual(gapsBetween(finished), []);
            const all = finished.flatMap((each) => each.ranges);
            assert.deepEqual(all, ranges);
            assert.deepEqual(all, expectedRanges(entries, cutBits));
            assert.deepEqual(await filesOf(folder), await filesOf(whole), 'no other file, and no other byte');
            assert.equal(takeAll(joined.store.blocks), isMemoryFull ? 0 : allBlocks);
          }),
        ),
    ),
    { numRuns: 100 },
  );
});

test('a range longer than a frame is the same file when it is spliced', async () => {
  const entries = numberedEntries(30_000);
  await inFolder((whole) =>
    inFolder(async (folder) => {
      const [ref, ...others] = await writeEntries(new RangeStore(whole, { compress: true }), entries, 31);
      assert.ok(ref && ref.plainBytes > 2 * 1024 * 1024);
      assert.deepEqual(others, []);
      const joined = openSeams(folder);
      for (const part of partsOf(entries, [7, 7, 12_345]).toReversed())
        for (const piece of await piecesOf(part, joined, 31)) await joined.seams.add(piece);
      assert.deepEqual(joined.finished[0]?.ranges, [ref]);
      assert.deepEqual(await filesOf(folder), await filesOf(whole));
    }),
  );
});

test('what an earlier run has finished is a cut, though the key before it may be gone by now', () =>
  inFolder(async (folder) => {
    const entries = numberedEntries(40);
    const before = { after: 'k000009', upTo: 'k000029', ranges: [], newRanges: 0 };
    const joined = openSeams(folder, [before]);
    const parts = [
      { after: undefined, upTo: 'k000009', entries: entries.slice(0, 9) },
      { after: 'k000029', upTo: undefined, entries: entries.slice(30) },
    ];
    for (const part of parts)
      for (const piece of await piecesOf(part, joined, 31)) await joined.seams.add(piece);
    const finished = joined.finished.toSorted(compareKeyRanges);
    assert.deepEqual(gapsBetween(finished), []);
    assert.deepEqual(
      finished.map(({ ranges }) => ranges.map(({ firstKey, lastKey }) => [firstKey, lastKey])),
      [[['k000000', 'k000008']], [], [['k000030', 'k000039']]],
    );
  }));

test('what waits for a neighbour that never comes is no file once it is given up', () =>
  inFolder(async (folder) => {
    const joined = openSeams(folder);
    takeAll(joined.store.blocks);
    const [, second] = partsOf(numberedEntries(40), [10, 20]);
    for (const piece of await piecesOf(second!, joined, 31)) await joined.seams.add(piece);
    assert.deepEqual(joined.finished, []);
    assert.equal((await filesOf(folder)).size, 1);
    await joined.seams.discard();
    assert.equal((await filesOf(folder)).size, 0);
  }));

test('a range that cannot be written is a failure, and leaves nothing', () =>
  inFolder(async (folder) => {
    const joined = openSeams(folder);
    takeAll(joined.store.blocks);
    const [first, second] = partsOf(numberedEntries(40), [10]);
    const pieces = [...(await piecesOf(first!, joined, 31)), ...(await piecesOf(second!, joined, 31))];
    joined.store.add = () => Promise.reject(new Error('full'));
    await joined.seams.add(pieces[0]!);
    await assert.rejects(joined.seams.add(pieces[1]!), /full/);
    await joined.seams.discard();
    assert.deepEqual(joined.finished, []);
    assert.equal((await filesOf(folder)).size, 0);
  }));

test('pieces that do not follow each other are a failure, which leaves nothing and keeps no memory', () =>
  inFolder(async (folder) => {
    const joined = openSeams(folder);
    const entries = numberedEntries(20);
    const parts = [
      { after: undefined, upTo: 'k000009', entries: entries.slice(0, 12) },
      { after: 'k000009', upTo: undefined, entries: entries.slice(10) },
    ];
    const pieces = [];
    for (const part of parts) pieces.push(...(await piecesOf(part, joined, 31)));
    await joined.seams.add(pieces[0]!);
    await assert.rejects(joined.seams.add(pieces[1]!), /not after k000011/);
    await joined.seams.discard();
    assert.deepEqual(joined.finished, []);
    assert.equal((await filesOf(folder)).size, 0);
    assert.equal(takeAll(joined.store.blocks), allBlocks);
  }));
