import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownKeys } from '../../../src/snapshot/known-keys.ts';

const known = new KnownKeys([
  { lastKey: 'b', entries: 100 },
  { lastKey: 'd', entries: 300 },
  { lastKey: 'f', entries: 100 },
  { lastKey: 'h', entries: 100 },
]);

test('cuts into parts of like size, at bounds', () => {
  assert.deepEqual(known.cuts(2, 1), ['d']);
  assert.deepEqual(known.cuts(10, 1), ['b', 'd', 'f']);
  assert.deepEqual(known.cuts(1, 1), []);
});

test('no part is smaller than asked for', () => {
  assert.deepEqual(known.cuts(10, 400), ['d']);
  assert.deepEqual(known.cuts(10, 600), []);
});

test('halves what lies between by keys, not by bounds', () => {
  assert.equal(known.between('a', 'z'), 'd');
  assert.equal(known.between('d', undefined), 'f');
  assert.equal(known.between('d', 'f'), undefined);
  assert.equal(known.between('x', undefined), undefined);
});

test('counts the keys that lie between for sure', () => {
  assert.equal(known.countBetween('a', 'f'), 300);
  assert.equal(known.countBetween('a', undefined), 500);
  assert.equal(known.countBetween('e', 'f'), 0);
});

test('nothing is known of a first snapshot', () => {
  const nothing = new KnownKeys([]);
  assert.deepEqual(nothing.cuts(64, 1), []);
  assert.equal(nothing.between('a', 'b'), undefined);
  assert.equal(nothing.countBetween('a', undefined), 0);
});
