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

test('a clock that is set back pins nothing', () => {
  const { controller, answer } = create(64);
  answer(200, 300, 64);
  answer(200, -3_600_000, 64);
  answer(200, 300, 64 * 20);
  assert.equal(controller.limit, 64);
});

test('answers too fast to be measured are not the measure for ever', () => {
  const { controller, answer } = create(64);
  answer(200, 0, 64);
  answer(200, 300, 64 * 400);
  assert.equal(controller.limit, 64);
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

/** A server with a delay of its own, that answers one request after the other. */
function serve(max: number, { delayMs, serviceMs }: { delayMs: number; serviceMs: number }) {
  const clock = new ManualClock();
  const controller = new ConcurrencyController(max, clock, 8);
  const limits: number[] = [];
  for (let round = 0; round < 200; round++) {
    const { limit } = controller;
    limits.push(limit);
    for (let i = 0; i < Math.max(8, limit); i++) {
      const watch = controller.watch();
      watch.onRequest();
      clock.advance(Math.max(delayMs + serviceMs, limit * serviceMs));
      watch.onAnswer(200);
    }
  }
  return limits;
}

test('doubles as long as that is of use, and tries again now and then', () => {
  assert.deepEqual(serve(64, { delayMs: 100, serviceMs: 0.1 }).slice(0, 5), [8, 16, 32, 64, 64]);
  const busy = serve(64, { delayMs: 0, serviceMs: 3 });
  assert.deepEqual(busy.slice(0, 4), [8, 16, 8, 8]);
  assert.ok(busy.includes(16, 4) && Math.max(...busy) === 16);
  assert.ok(busy.filter((limit) => limit === 8).length > 180);
  // 33 in flight keep it busy.
  const between = serve(64, { delayMs: 96, serviceMs: 3 });
  assert.deepEqual(between.slice(0, 5), [8, 16, 32, 64, 32]);
});

test('never begins with more than was allowed, and a throttled answer ends the doubling', () => {
  assert.equal(new ConcurrencyController(4, new ManualClock(), 8).limit, 4);
  const clock = new ManualClock();
  const controller = new ConcurrencyController(64, clock, 8);
  const watch = controller.watch();
  const round = (status: number): void => {
    for (let i = 0; i < 8; i++) {
      watch.onRequest();
      clock.advance(30);
      watch.onAnswer(status);
    }
  };
  round(503);
  assert.equal(controller.limit, 5);
  round(200);
  round(200);
  assert.ok(controller.limit <= 7, String(controller.limit));
});
