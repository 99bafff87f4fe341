import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { chooseAsOf, waitUntilOver } from '../../../src/snapshot/as-of-time.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const serverMs = Date.parse('2026-11-21T04:00:00Z');
const server = { serverTimeMs: async () => serverMs };
const { signal } = new AbortController();

test("the as-of time is the server's, whatever the local clock says (trap 4), and its second is waited out", async () => {
  const clock = new ManualClock(Date.parse('2031-01-01T00:00:00Z'));
  const asOf = await chooseAsOf(server, undefined);
  assert.equal(asOf.timeMs, serverMs);
  await waitUntilOver(asOf, clock, signal);
  assert.ok((clock.sleptMs[0] ?? 0) > 1000);
});

test('a past moment is cut to the second and not waited for', async () => {
  const clock = new ManualClock();
  const asOf = await chooseAsOf(server, serverMs - 5500);
  assert.equal(asOf.timeMs, serverMs - 6000);
  await waitUntilOver(asOf, clock, signal);
  assert.deepEqual(clock.sleptMs, []);
});

test('a moment that the server has not reached is refused', async () => {
  await assert.rejects(
    chooseAsOf(server, serverMs + 1000),
    (error) => error instanceof BackupError && error.code === 'USAGE',
  );
});
