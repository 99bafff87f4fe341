import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { Workers } from '../../../src/snapshot/side-by-side.ts';

test('works off what there is, and what turns up meanwhile', async () => {
  const items = [3];
  const done: number[] = [];
  let underWay = 0;
  let most = 0;
  const workers = new Workers<number>({
    limit: () => 2,
    take: () => items.shift(),
    work: async (item) => {
      most = Math.max(most, ++underWay);
      for (let i = 0; i < item; i++) items.push(item - 1);
      workers.launch();
      await nextTurn();
      done.push(item);
      underWay -= 1;
    },
    signal: new AbortController().signal,
    onError: fail,
  });
  await workers.end();
  assert.equal(done.length, 16);
  assert.equal(most, 2);
});

test('tells of errors, and begins nothing once it is aborted', async () => {
  const failure = new AbortController();
  let begun = 0;
  const workers = new Workers<number>({
    limit: () => 3,
    take: () => (begun < 100 ? begun : undefined),
    work: async () => {
      begun += 1;
      await nextTurn();
      throw new Error('failed');
    },
    signal: failure.signal,
    onError: (error) => failure.abort(error),
  });
  await workers.end();
  assert.equal(begun, 3);
});

test('ends at once where there is nothing to do', async () => {
  const nothing = {
    limit: () => 1,
    take: () => undefined,
    work: async () => undefined,
    onError: fail,
  };
  await new Workers({ ...nothing, signal: new AbortController().signal }).end();
});

function fail(error: unknown): void {
  throw error;
}
