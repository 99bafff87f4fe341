import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../../src/log/logger.ts';
import { createProgressRenderer, progressText } from '../../../src/ui/progress.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

test('says what is done, how fast, and how long it will take', () => {
  const progress = {
    phase: 'listing',
    done: 50_000,
    total: 200_000,
    unit: 'keys',
    requestsInFlight: 64,
  } as const;
  assert.equal(
    progressText(progress, 10_000),
    'listing: 50,000 keys, 5,000 keys/s, 64 requests in flight, 25%, 30s left',
  );
  assert.equal(progressText({ phase: 'marking', done: 0, unit: 'versions' }, 0), 'marking: 0 versions');
});

test('an estimate that was too low never says that all is done', () => {
  assert.match(progressText({ phase: 'listing', done: 300, total: 200, unit: 'keys' }, 10_000), /99%/);
});

test('without a terminal the log gets a line each half minute', () => {
  const lines: string[] = [];
  const log: Logger = { ...silentLog, info: (message) => void lines.push(message) };
  const clock = new ManualClock();
  const update = createProgressRenderer({ clock, log });
  for (let second = 0; second <= 65; second++) {
    update({ phase: 'listing', done: second, unit: 'keys' });
    clock.advance(1000);
  }
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^listing: 30 keys/);
});

test('on a terminal one line is rewritten, ten times a second at most', () => {
  const shown: string[] = [];
  const line = { show: (text: string) => void shown.push(text), clear: () => undefined };
  const clock = new ManualClock();
  const update = createProgressRenderer({ clock, log: silentLog, line });
  for (let done = 0; done < 100; done++) {
    update({ phase: 'listing', done, unit: 'keys' });
    clock.advance(10);
  }
  assert.equal(shown.length, 10);
});
