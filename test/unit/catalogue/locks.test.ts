import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { BackupError } from '../../../src/errors.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

function open(t: TestContext, folder: string, clock = new ManualClock()): Catalogue {
  const catalogue = Catalogue.open(folder, { clock });
  t.after(() => catalogue.close());
  return catalogue;
}

function isLocked(part: RegExp) {
  return (error: unknown): boolean =>
    error instanceof BackupError && error.code === 'LOCKED' && part.test(error.message);
}

test('shared locks stand beside each other, an exclusive one stands alone', (t) => {
  const folder = tempDir(t);
  const first = open(t, folder);
  const second = open(t, folder);
  const snapshot = first.locks.acquire('shared', 'snapshot');
  const restore = second.locks.acquire('shared', 'restore');
  assert.throws(
    () => second.locks.acquire('exclusive', 'gc'),
    isLocked(/snapshot \(process \d+ on .*, since 2026-/),
  );
  snapshot.release();
  assert.throws(() => second.locks.acquire('exclusive', 'gc'), isLocked(/restore/));
  restore.release();
  const gc = first.locks.acquire('exclusive', 'gc');
  assert.throws(() => second.locks.acquire('shared', 'snapshot'), isLocked(/gc/));
  gc.release();
  second.locks.acquire('shared', 'snapshot').release();
});

function leaveLock(
  folder: string,
  changes: { host: string; pid: number; start: string; heartbeatMs: number },
): void {
  const raw = new Database(join(folder, 'catalogue.sqlite'));
  raw
    .prepare(
      `INSERT INTO locks (kind, command, host, pid, process_start, acquired_ms, heartbeat_ms)
       VALUES ('exclusive', 'gc', ?, ?, ?, 0, ?)`,
    )
    .run(changes.host, changes.pid, changes.start, changes.heartbeatMs);
  raw.close();
}

test('takes over from a process of this host that is gone', (t) => {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const catalogue = open(t, folder, clock);
  const { pid } = spawnSync('true');
  leaveLock(folder, { host: hostname(), pid, start: '1', heartbeatMs: clock.nowMs() });
  catalogue.locks.acquire('shared', 'snapshot').release();
});

test('takes over from a process whose number another one has now', (t) => {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const catalogue = open(t, folder, clock);
  leaveLock(folder, { host: hostname(), pid: process.pid, start: '1', heartbeatMs: clock.nowMs() });
  catalogue.locks.acquire('shared', 'snapshot').release();
});

test("takes over another host's lock only once its heartbeat is stale", (t) => {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const catalogue = open(t, folder, clock);
  leaveLock(folder, { host: 'elsewhere', pid: 1, start: '1', heartbeatMs: clock.nowMs() });
  assert.throws(() => catalogue.locks.acquire('shared', 'snapshot'), isLocked(/on elsewhere/));
  clock.advance(5 * 60_000 + 1);
  catalogue.locks.acquire('shared', 'snapshot').release();
});

test('a unique lock stands beside others, but not beside one of the same command', (t) => {
  const folder = tempDir(t);
  const first = open(t, folder);
  const second = open(t, folder);
  assert.equal(second.locks.isHeld('snapshot X'), false);
  const lock = first.locks.acquire('shared', 'snapshot X', { isUnique: true });
  assert.equal(second.locks.isHeld('snapshot X'), true);
  second.locks.acquire('shared', 'snapshot Y', { isUnique: true }).release();
  assert.throws(
    () => second.locks.acquire('shared', 'snapshot X', { isUnique: true }),
    isLocked(/snapshot X/),
  );
  lock.release();
  assert.equal(second.locks.isHeld('snapshot X'), false);
  second.locks.acquire('shared', 'snapshot X', { isUnique: true }).release();
});

test('a lock that another host took over is lost: the run is told to stop', async (t) => {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const catalogue = Catalogue.open(folder, { clock, heartbeatEveryMs: 5 });
  t.after(() => catalogue.close());
  const lock = catalogue.locks.acquire('exclusive', 'gc');
  lock.assertHeld();
  removeLocks(folder);
  await once(lock.lost, 'abort', { signal: AbortSignal.timeout(5000) });
  assert.ok(isLocked(/\(gc\) was lost/)(lock.lost.reason));
  assert.throws(() => lock.assertHeld(), isLocked(/was lost/));
  lock.release();
});

test('a look before what cannot be undone finds a lock lost before the next heartbeat does', (t) => {
  const folder = tempDir(t);
  const lock = open(t, folder).locks.acquire('exclusive', 'gc');
  removeLocks(folder);
  assert.throws(() => lock.assertHeld(), isLocked(/was lost/));
  assert.equal(lock.lost.aborted, true);
});

test('heartbeats that fail are made up for, and mean a lost lock only once it may be stale', (t) => {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const catalogue = Catalogue.open(folder, { clock, staleAfterMs: 60_000 });
  const lock = catalogue.locks.acquire('exclusive', 'gc');
  catalogue.close();
  clock.advance(60_000);
  lock.assertHeld();
  clock.advance(1);
  assert.throws(() => lock.assertHeld(), isLocked(/was lost/));
});

function removeLocks(folder: string): void {
  const raw = new Database(join(folder, 'catalogue.sqlite'));
  raw.exec('DELETE FROM locks');
  raw.close();
}

test('a lock that was taken over is neither held nor released by who lost it', (t) => {
  const folder = tempDir(t);
  const first = open(t, folder);
  const second = open(t, folder);
  const paused = first.locks.acquire('shared', 'snapshot');
  // As another host does that finds it stale.
  new Database(join(folder, 'catalogue.sqlite')).exec('DELETE FROM locks').close();
  const gc = second.locks.acquire('exclusive', 'gc');
  assert.throws(() => paused.assertHeld(), isLocked(/\(snapshot\) was lost/));
  paused.release();
  gc.assertHeld();
  assert.throws(() => first.locks.acquire('shared', 'snapshot'), isLocked(/gc/));
  gc.release();
});
