import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcurrencyController } from '../../../src/snapshot/concurrency-controller.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function create(max: number) {
  const clock = new ManualClock();
  const controller = new ConcurrencyController(max, clock);
  const watch = controller.watch();
  const answer = (statusCode: number, latencyMs: number, times = 1): void => {
    for (let i = 0; i < times; i++) {
      watch.onRequest();
      clock.advance(latencyMs);
      watch.onAnswer(statusCode);
    }
  };
  return { controller, answer };
}

test('begins with all that was allowed, and never exceeds it', () => {
  const { controller, answer } = create(16);
  assert.equal(controller.limit, 16);
  answer(200, 30, 10_000);
  assert.equal(controller.limit, 16);
});

test('backs off on 503 and 429, once for all that were sent before', () => {
  for (const status of [503, 429]) {
    const { controller, answer } = create(64);
    answer(status, 30);
    assert.equal(controller.limit, 44);
    answer(status, 30, 62);
    assert.equal(controller.limit, 44);
    answer(status, 30, 2);
    assert.equal(controller.limit, 31);
  }
});

test('other failures say nothing about how much the server bears', () => {
  const { controller, answer } = create(64);
  answer(500, 30, 500);
  assert.equal(controller.limit, 64);
});

test('one request stays in flight however bad it gets', () => {
  const { controller, answer } = create(64);
  answer(503, 30, 10_000);
  assert.equal(controller.limit, 1);
});

test('grows again by one a round once the server has recovered', () => {
  const { controller, answer } = create(64);
  answer(503, 30, 10_000);
  answer(200, 30, 8);
  answer(200, 30, 8);
  assert.ok(controller.limit >= 2 && controller.limit <= 3);
  answer(200, 30, 5_000);
  assert.equal(controller.limit, 64);
});

test('backs off where answers take several times as long as they did, to a quarter at most', () => {
  const { controller, answer } = create(64);
  answer(200, 30, 64);
  answer(200, 400, 64);
  assert.equal(controller.limit, 44);
  answer(200, 400, 1000);
  assert.equal(controller.limit, 16);
});

test('a few slow answers are no reason', () => {
  const { controller, answer } = create(64);
  for (let round = 0; round < 20; round++) {
    answer(200, 30, 60);
    answer(200, 3000, 4);
  }
  assert.equal(controller.limit, 64);
});

test('a latency that stays becomes the usual one', () => {
  const { controller, answer } = create(16);
  answer(200, 30, 16);
  answer(200, 400, 5_000);
  assert.equal(controller.limit, 16);
});
