import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { RequestGate } from '../../../src/snapshot/request-gate.ts';

test('lets in as many as the limit says, in order, and counts them', async () => {
  let limit = 2;
  const gate = new RequestGate(() => limit, new AbortController().signal);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const pass = (n: number) =>
    gate.pass(() => {
      begun.push(n);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = [0, 1, 2, 3, 4].map(pass);
  await nextTurn();
  assert.deepEqual(begun, [0, 1]);
  assert.equal(gate.inside, 2);

  limit = 1;
  ends[0]?.();
  await nextTurn();
  assert.deepEqual(begun, [0, 1]);

  limit = 3;
  ends[1]?.();
  await nextTurn();
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
  assert.equal(gate.inside, 3);
  for (const end of ends) end();
  await Promise.all(all);
  assert.equal(gate.inside, 0);
});

test('a place is given back by what fails', async () => {
  const gate = new RequestGate(() => 1, new AbortController().signal);
  await assert.rejects(
    gate.pass(() => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await gate.pass(async () => 7), 7);
});

test('those who wait leave with the reason when it is aborted', async () => {
  const controller = new AbortController();
  const gate = new RequestGate(() => 1, controller.signal);
  const inside = Promise.withResolvers<void>();
  const first = gate.pass(() => inside.promise);
  const waiting = [1, 2].map(() => gate.pass(async () => assert.fail('was let in')));
  const reason = new Error('interrupted');
  controller.abort(reason);
  for (const result of await Promise.allSettled(waiting)) {
    assert.ok(result.status === 'rejected' && result.reason === reason);
  }
  inside.resolve();
  await first;
  assert.equal(gate.inside, 0);
});
