import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { forEachConcurrently } from '../../src/concurrency.ts';

test('runs everything, never more at once than the limit, and takes no item before it has a place', async () => {
  let underWay = 0;
  let most = 0;
  let taken = 0;
  const done: number[] = [];
  function* items(): Generator<number> {
    for (let i = 0; i < 100; i++) {
      taken += 1;
      yield i;
    }
  }
  await forEachConcurrently(items(), 7, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    assert.ok(taken - done.length <= 8);
    await setImmediate();
    underWay -= 1;
    done.push(item);
  });
  assert.equal(most, 7);
  assert.equal(done.length, 100);
});

test('stops at the first error, after what was under way has ended', async () => {
  let started = 0;
  let ended = 0;
  const work = async (item: number): Promise<void> => {
    started += 1;
    await setImmediate();
    ended += 1;
    if (item === 5) throw new Error('five');
  };
  await assert.rejects(forEachConcurrently(Array(1000).keys(), 4, work), /five/);
  assert.ok(started < 20);
  assert.equal(started, ended);
});
