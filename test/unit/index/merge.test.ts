import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeByKey } from '../../../src/index/merge.ts';
import type { Pair } from '../../../src/index/merge.ts';
import { anyKey, byKey, collect, inBatches } from './support.ts';

interface Item {
  key: string;
  side: string;
}

function anySide(side: string): fc.Arbitrary<Item[]> {
  return fc
    .uniqueArray(anyKey, { maxLength: 20 })
    .map((keys) => keys.map((key) => ({ key, side })).sort(byKey));
}

/** By the definition: every key of either side, with what each side has. */
function slowMerge(lefts: Item[], rights: Item[]): Pair<Item, Item>[] {
  const keys = new Set([...lefts, ...rights].map(({ key }) => key));
  return [...keys]
    .map((key) => {
      const left = lefts.find((item) => item.key === key);
      const right = rights.find((item) => item.key === key);
      return { key, ...(left && { left }), ...(right && { right }) };
    })
    .sort(byKey);
}

test('joins two sorted streams whatever their batches', async () => {
  const sizes = fc.array(fc.nat(4), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      anySide('left'),
      anySide('right'),
      sizes,
      sizes,
      async (lefts, rights, leftSizes, rightSizes) => {
        const batches = await collect(mergeByKey(inBatches(lefts, leftSizes), inBatches(rights, rightSizes)));
        assert.deepEqual(batches.flat(), slowMerge(lefts, rights));
        assert.ok(batches.every((batch) => batch.length > 0));
      },
    ),
    { numRuns: 300 },
  );
});

test('refuses a side that is out of order or has a key twice, also across batches', async () => {
  for (const keys of [
    ['b', 'a'],
    ['a', 'a'],
    ['\u{1F600}', '\uFFFD'],
  ]) {
    const items = keys.map((key) => ({ key }));
    for (const sizes of [[], [1]]) {
      await assert.rejects(
        collect(mergeByKey(inBatches(items, sizes), inBatches([], []))),
        /left side is not sorted/,
      );
      await assert.rejects(
        collect(mergeByKey(inBatches([], []), inBatches(items, sizes))),
        /right side is not sorted/,
      );
    }
  }
});

test('ends both streams when the caller stops, and when one of them fails', async () => {
  const ended: string[] = [];
  async function* endless(name: string): AsyncGenerator<{ key: string }[]> {
    try {
      for (let n = 0; ; n++) yield [{ key: String(n).padStart(9, '0') }];
    } finally {
      ended.push(name);
    }
  }
  for await (const _batch of mergeByKey(endless('left'), endless('right'))) break;
  assert.deepEqual(ended.sort(), ['left', 'right']);

  async function* failing(): AsyncGenerator<{ key: string }[]> {
    yield [{ key: '000000005' }];
    throw new Error('the disk is gone');
  }
  await assert.rejects(collect(mergeByKey(endless('other'), failing())), /the disk is gone/);
  assert.deepEqual(ended.sort(), ['left', 'other', 'right']);
});
