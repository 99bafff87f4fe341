import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningRange } from '../../../src/snapshot/running-range.ts';

function page(firstKey: string, lastKey: string, keys = 10) {
  return { versions: keys, keys, firstKey, lastKey, sampleKeys: [firstKey] };
}

test('is split only once something is known of it, and of the half split off before', () => {
  const range = new RunningRange({ after: 'a', upTo: 'z' });
  assert.equal(range.maySplit, false);
  range.advance(page('b', 'c'));
  assert.equal(range.maySplit, true);
  const other = range.splitAt('m');
  assert.deepEqual([other.after, other.upTo, other.neighbour], ['m', 'z', 'c']);
  assert.equal(range.upTo, 'm');
  assert.equal(range.maySplit, false);
  range.otherHalfBegan(true);
  assert.equal(range.maySplit, true);
});

test('is split only between what was listed and its bound: else keys would be listed twice', () => {
  const range = new RunningRange({ upTo: 'm' });
  range.advance(page('b', 'c\u{1F600}'));
  assert.throws(() => range.splitAt('c\ufffd'), /cannot be split/);
  assert.throws(() => range.splitAt('c\u{1F600}'));
  assert.throws(() => range.splitAt('n'));
  assert.deepEqual([range.upTo, range.maySplit], ['m', true]);
});

test('the bound belongs to it, what sorts after it by UTF-8 bytes does not', () => {
  const range = new RunningRange({ after: 'a', upTo: 'm\ufffd' });
  assert.ok(range.includes('m\ufffd'));
  assert.ok(!range.includes('m\u{1F600}'));
  assert.ok(new RunningRange({}).includes('\u{10ffff}'));
});

test('after many useless splits in a row it waits longer and longer, until one is useful', () => {
  const range = new RunningRange({});
  const waits: number[] = [];
  for (let split = 0; split < 20; split++) {
    let pages = 0;
    do {
      range.advance(page('b', 'c'));
      pages += 1;
    } while (!range.maySplit);
    waits.push(pages);
    range.splitAt('z'.repeat(20 - split));
    range.otherHalfBegan(false);
  }
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => a - b),
  );
  assert.equal(waits[5], 1);
  assert.ok(waits[19]! > 30 && waits[19]! <= 64);
  range.otherHalfBegan(true);
  assert.ok(range.maySplit);
});

test('a page of further versions of one key moves nothing', () => {
  const range = new RunningRange({});
  range.advance(page('b', 'c'));
  range.advance({ versions: 0, keys: 0, sampleKeys: [] });
  assert.deepEqual([range.firstKey, range.cursor, range.keys, range.pages], ['b', 'c', 10, 2]);
});
