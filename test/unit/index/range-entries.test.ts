import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { mayHoldPrefix, readRange } from '../../../src/index/range-entries.ts';
import type { RangeReader, RangeRef } from '../../../src/index/range-ref.ts';
import { entryOf, expectedRanges, numberedEntries } from './support.ts';

/** A store that gives these entries for any range. */
function storeOf(entries: Entry[]): RangeReader {
  return {
    read: () => Promise.resolve(Buffer.from(entries.map(encodeEntry).join(''))),
    pathOf: () => 'ranges/x.csv',
  };
}

function refOf(entries: Entry[]): RangeRef {
  const [ref] = expectedRanges(entries, 31);
  assert.ok(ref);
  return ref;
}

test('gives the entries of a range that is what the manifest states', async () => {
  const entries = numberedEntries(5);
  assert.deepEqual(await readRange(storeOf(entries), refOf(entries)), entries);
});

test('refuses a range that is not what the manifest states', async () => {
  const entries = numberedEntries(5);
  const ref = refOf(entries);
  const others: RangeRef[] = [
    { ...ref, firstKey: 'k000001' },
    { ...ref, lastKey: 'k000005' },
    { ...ref, entries: 4 },
    { ...ref, sizeBytes: 0 },
  ];
  for (const other of others) {
    await assert.rejects(readRange(storeOf(entries), other), {
      code: 'INDEX_DAMAGED',
      message: /ranges\/x\.csv.*manifest/,
    });
  }
});

test('refuses a range whose keys are out of order or double', async () => {
  for (const keys of [
    ['a', 'c', 'b', 'd'],
    ['a', 'b', 'b', 'd'],
  ]) {
    const entries = keys.map((key) => entryOf(key));
    await assert.rejects(readRange(storeOf(entries), refOf(entries)), {
      code: 'INDEX_DAMAGED',
      message: /out of order/,
    });
  }
});

test('tells ranges that may hold a prefix from those that cannot', () => {
  const ref = { ...refOf(numberedEntries(1)), firstKey: 'b/5', lastKey: 'd/5' };
  for (const prefix of ['', 'b', 'b/', 'b/5', 'b/6', 'c', 'd', 'd/5'])
    assert.ok(mayHoldPrefix(ref, prefix), prefix);
  for (const prefix of ['a', 'b/4', 'd/50', 'd/6', 'e', '\u{1F600}'])
    assert.ok(!mayHoldPrefix(ref, prefix), prefix);
});
