import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideRetention, type RetentionCandidate } from '../../../src/retention/decide.ts';
import type { RetentionPolicy } from '../../../src/retention/policy.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-11-21T04:00:00Z');

function snapshot(ageDays: number, changes: Partial<RetentionCandidate> = {}): RetentionCandidate {
  const asOfMs = nowMs - ageDays * dayMs;
  const name = new Date(asOfMs).toISOString();
  return { name, asOfMs, state: 'complete', held: false, flagged: false, tags: {}, ...changes };
}

function kept(snapshots: RetentionCandidate[], policy: RetentionPolicy, minimumRedundancy = 1): number[] {
  const verdicts = decideRetention(snapshots, { policy, minimumRedundancy, nowMs });
  return snapshots
    .filter((_, index) => verdicts[index]?.verdict === 'keep')
    .map((each) => Math.round((nowMs - each.asOfMs) / dayMs));
}

test('keeps what is within the days, and says so', () => {
  const snapshots = [0, 10, 30, 31].map((age) => snapshot(age));
  assert.deepEqual(kept(snapshots, { keepWithinDays: 30 }), [0, 10, 30]);
  const [newest, , , oldest] = decideRetention(snapshots, {
    policy: { keepWithinDays: 30 },
    minimumRedundancy: 1,
    nowMs,
  });
  assert.deepEqual(newest?.reasons, ['within 30 days']);
  assert.deepEqual(oldest, { name: snapshots[3]?.name, verdict: 'remove', reasons: ['no rule keeps it'] });
});

test('the minimum redundancy stays although all are old: the old program removed all of them', () => {
  const snapshots = [100, 101, 102, 103].map((age) => snapshot(age));
  assert.deepEqual(kept(snapshots, { keepWithinDays: 30 }, 3), [100, 101, 102]);
});

test('a policy can never remove all', () => {
  assert.deepEqual(kept([snapshot(100), snapshot(200)], { keepWithinDays: 0 }, 0), [100]);
  const suspect = [snapshot(100, { flagged: true }), snapshot(200, { flagged: true })];
  assert.deepEqual(kept(suspect, { keepLast: 1 }), [100]);
});

test('an empty policy removes nothing', () => {
  assert.deepEqual(kept([snapshot(100), snapshot(200)], {}), [100, 200]);
  assert.deepEqual(kept([snapshot(100), snapshot(200)], { keepDaily: 0, keepTags: [] }), [100, 200]);
});

test('"keep 7" is seven snapshots, "7 days" is an age (trap 29)', () => {
  const snapshots = Array.from({ length: 20 }, (_, index) => snapshot(index * 2));
  assert.equal(kept(snapshots, { keepLast: 7 }).length, 7);
  assert.equal(kept(snapshots, { keepWithinDays: 7 }).length, 4);
});

test('the newest snapshot of each calendar day in UTC stays, and only days that have one count', () => {
  const ages = [0, 0.1, 1, 1.1, 5, 5.1, 9];
  const snapshots = ages.map((age) => snapshot(age));
  // 0 is 04:00 today, 0.1 is 01:36 today, 1.1 and 1 are yesterday, and so on.
  assert.deepEqual(kept(snapshots, { keepDaily: 3 }), [0, 1, 5]);
});

test('the oldest stands in for periods not yet filled', () => {
  const snapshots = [0, 1, 2, 3].map((age) => snapshot(age));
  assert.deepEqual(kept(snapshots, { keepMonthly: 12 }), [0, 3]);
});

test('weeks begin on Monday', () => {
  // 2026-11-21 is a Saturday: Monday was 5 days ago, the Sunday before 6.
  const snapshots = [0, 5, 6].map((age) => snapshot(age));
  assert.deepEqual(kept(snapshots, { keepWeekly: 2 }), [0, 6]);
});

test('tags keep, by key or by key and value', () => {
  const snapshots = [
    snapshot(0),
    snapshot(50, { tags: { release: '7' } }),
    snapshot(60, { tags: { release: '8' } }),
  ];
  assert.deepEqual(kept(snapshots, { keepLast: 1, keepTags: ['release=8'] }), [0, 60]);
  assert.deepEqual(kept(snapshots, { keepLast: 1, keepTags: ['release'] }), [0, 50, 60]);
});

test('snapshots dated in the future push nothing out and are kept (trap 4)', () => {
  const snapshots = [snapshot(-400), snapshot(-399), snapshot(3), snapshot(4)];
  assert.deepEqual(kept(snapshots, { keepLast: 1 }), [-400, -399, 3]);
});

test('flagged snapshots push nothing out, and stay while an older one does (trap 28)', () => {
  const flagged = [0, 1, 2].map((age) => snapshot(age, { flagged: true }));
  assert.deepEqual(kept([...flagged, snapshot(3), snapshot(4)], { keepLast: 1 }), [0, 1, 2, 3]);
  assert.deepEqual(kept([snapshot(0), snapshot(9, { flagged: true }), snapshot(10)], { keepLast: 1 }), [0]);
});

test('a snapshot whose deletion has begun is removed whatever the rules say, and counts for nothing', () => {
  const snapshots = [snapshot(0, { state: 'deleting', held: true }), snapshot(40)];
  assert.deepEqual(kept(snapshots, { keepWithinDays: 30 }), [40]);
});

const candidates = fc
  .uniqueArray(
    fc.record({
      age: fc.integer({ min: -5, max: 800 }),
      held: fc.boolean(),
      flagged: fc.boolean(),
      deleting: fc.boolean(),
    }),
    { selector: (each) => each.age, maxLength: 40 },
  )
  .map((list) =>
    list.map(({ age, held, flagged, deleting }) =>
      snapshot(age, { held, flagged, state: deleting ? 'deleting' : 'complete' }),
    ),
  );
const count = fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined });
const policies = fc.record({
  keepLast: count,
  keepWithinDays: count,
  keepHourly: count,
  keepDaily: count,
  keepWeekly: count,
  keepMonthly: count,
  keepYearly: count,
});

test('whatever the policy: never below the minimum, never a held one, always a reason', () => {
  fc.assert(
    fc.property(
      candidates,
      policies,
      fc.integer({ min: 0, max: 6 }),
      (snapshots, policy, minimumRedundancy) => {
        const verdicts = decideRetention(snapshots, { policy, minimumRedundancy, nowMs });
        const byName = new Map(verdicts.map((verdict) => [verdict.name, verdict]));
        const counting = snapshots.filter(
          (each) => each.state === 'complete' && !each.flagged && each.asOfMs <= nowMs,
        );
        const keptCount = counting.filter((each) => byName.get(each.name)?.verdict === 'keep').length;
        assert.ok(keptCount >= Math.min(counting.length, Math.max(1, minimumRedundancy)));
        for (const each of snapshots) {
          const verdict = byName.get(each.name);
          assert.ok(verdict !== undefined && verdict.reasons.length > 0);
          if (each.held && each.state === 'complete') assert.equal(verdict.verdict, 'keep');
        }
      },
    ),
  );
});

test('by days alone, nothing newer goes before something older', () => {
  fc.assert(
    fc.property(
      candidates,
      fc.integer({ min: 0, max: 400 }),
      fc.integer({ min: 0, max: 6 }),
      (all, days, minimum) => {
        const snapshots = all.filter((each) => each.state === 'complete' && !each.held && !each.flagged);
        const rules = { policy: { keepWithinDays: days }, minimumRedundancy: minimum, nowMs };
        const verdicts = decideRetention(snapshots, rules);
        const ages = (verdict: 'keep' | 'remove'): number[] =>
          snapshots.filter((_, index) => verdicts[index]?.verdict === verdict).map((each) => -each.asOfMs);
        assert.ok(Math.max(...ages('keep')) < Math.min(...ages('remove')));
      },
    ),
  );
});

test('the verdict does not depend on the order in which the snapshots are given', () => {
  fc.assert(
    fc.property(candidates, policies, (snapshots, policy) => {
      const rules = { policy, minimumRedundancy: 2, nowMs };
      const forwards = decideRetention(snapshots, rules);
      const backwards = decideRetention(snapshots.toReversed(), rules).toReversed();
      assert.deepEqual(forwards, backwards);
    }),
  );
});
