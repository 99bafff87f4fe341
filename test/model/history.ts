/** Random histories of a bucket and of those who protect it. A step that has nothing to act on does nothing. */
import fc from 'fast-check';
import type { RetentionPolicy } from '../../src/retention/policy.ts';

/** What ordinary writers do, at any time, also beside a run. */
export type Write =
  { write: 'put'; key: number; sizeBytes: number; archived: boolean } | { write: 'delete'; key: number };

/** How a run of a command is disturbed. `at` counts requests and changes of the index. */
export interface Disturbance {
  /** `abort` as by Ctrl-C; `kill` as by SIGKILL: nothing of the process is left, and nothing of it cleans up. */
  stop?: { how: 'abort' | 'kill'; at: number } | undefined;
  /** Seeds the faults of 5 % of the answers. */
  faultSeed?: number | undefined;
  writes: { at: number; write: Write }[];
}

export type Step =
  | Write
  /** Brings a key back by deleting its newest delete marker. */
  | { step: 'undelete'; key: number }
  /** Deletes a version for good, by hand; 0 is the newest. */
  | { step: 'delete-version'; key: number; place: number }
  /** As a lifecycle rule does: noncurrent versions but the newest few of each key, delete markers too. */
  | { step: 'expire'; keepNoncurrent: number }
  /** A replica that arrives late, under the time of its source (trap 2). */
  | { step: 'late'; key: number; ageSeconds: number; isDeleteMarker: boolean }
  | { step: 'versioning'; state: 'Enabled' | 'Suspended' }
  /** Object lock on all versions of a key (trap 13). */
  | { step: 'lock'; key: number; on: boolean }
  | { step: 'wait'; seconds: number }
  | {
      step: 'snapshot';
      /** Of a moment that long ago. */
      atSecondsAgo?: number | undefined;
      prefix: string;
      hold: boolean;
      resume: boolean;
      disturbance: Disturbance;
    }
  | {
      step: 'gc';
      policy: RetentionPolicy;
      minimumRedundancy: number;
      dryRun: boolean;
      force: boolean;
      orphans: boolean;
      disturbance: Disturbance;
    };

export interface History {
  /** Of listings: small ones have seams everywhere. */
  pageSize: number;
  concurrency: number;
  steps: Step[];
}

const daySeconds = 86_400;

function step<T extends Step>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields);
}

export function histories(keyCount: number): fc.Arbitrary<History> {
  // Few keys with much history, beside others that only have to stay out of it.
  const key = fc.oneof(
    { weight: 2, arbitrary: fc.nat({ max: 1 }) },
    { weight: 1, arbitrary: fc.nat({ max: keyCount - 1 }) },
  );
  const place = fc.constantFrom(0, 0, 0, 1, 2);
  const write: fc.Arbitrary<Write> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        write: fc.constant('put' as const),
        key,
        sizeBytes: fc.nat({ max: 2 }),
        archived: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ write: fc.constant('delete' as const), key }) },
  );
  const disturbance = fc.record({
    stop: fc.option(
      fc.record({
        how: fc.constantFrom('abort' as const, 'kill' as const),
        at: fc.integer({ min: 1, max: 25 }),
      }),
      { nil: undefined, freq: 2 },
    ),
    faultSeed: fc.option(fc.nat(), { nil: undefined, freq: 1 }),
    writes: fc.array(fc.record({ at: fc.integer({ min: 1, max: 20 }), write }), { maxLength: 2 }),
  });
  const policy: fc.Arbitrary<RetentionPolicy> = fc.oneof(
    fc.record({ keepLast: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ keepWithinDays: fc.nat({ max: 2 }) }),
    fc.record({ keepDaily: fc.integer({ min: 1, max: 2 }), keepLast: fc.nat({ max: 1 }) }),
  );
  const steps = fc.oneof(
    { weight: 9, arbitrary: write },
    {
      weight: 2,
      arbitrary: step<Extract<Step, { step: 'undelete' }>>({ step: fc.constant('undelete'), key }),
    },
    {
      weight: 2,
      arbitrary: step<Extract<Step, { step: 'delete-version' }>>({
        step: fc.constant('delete-version'),
        key,
        place,
      }),
    },
    {
      weight: 1,
      arbitrary: step<Extract<Step, { step: 'expire' }>>({
        step: fc.constant('expire'),
        keepNoncurrent: fc.nat({ max: 2 }),
      }),
    },
    {
      weight: 1,
      arbitrary: step<Extract<Step, { step: 'late' }>>({
        step: fc.constant('late'),
        key,
        ageSeconds: fc.integer({ min: 1, max: 2 * daySeconds }),
        isDeleteMarker: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: step<Extract<Step, { step: 'versioning' }>>({
        step: fc.constant('versioning'),
        state: fc.constantFrom('Enabled', 'Suspended'),
      }),
    },
    {
      weight: 1,
      arbitrary: step<Extract<Step, { step: 'lock' }>>({
        step: fc.constant('lock'),
        key,
        on: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: step<Extract<Step, { step: 'wait' }>>({
        step: fc.constant('wait'),
        seconds: fc.constantFrom(1, 5, 3600, daySeconds),
      }),
    },
    {
      weight: 6,
      arbitrary: step<Extract<Step, { step: 'snapshot' }>>({
        step: fc.constant('snapshot'),
        atSecondsAgo: fc.option(fc.constantFrom(1, 5, 3600, daySeconds), { nil: undefined, freq: 5 }),
        prefix: fc.constantFrom('', '', '', 'a', 'b'),
        hold: fc.nat({ max: 3 }).map((n) => n === 0),
        resume: fc.boolean(),
        disturbance,
      }),
    },
    {
      weight: 6,
      arbitrary: step<Extract<Step, { step: 'gc' }>>({
        step: fc.constant('gc'),
        policy,
        minimumRedundancy: fc.integer({ min: 0, max: 2 }),
        dryRun: fc.nat({ max: 7 }).map((n) => n === 0),
        force: fc.nat({ max: 3 }).map((n) => n > 0),
        orphans: fc.boolean(),
        disturbance,
      }),
    },
  );
  // Chance alone comes upon these too seldom.
  const chapters = fc.oneof(
    { weight: 30, arbitrary: steps.map((each) => [each]) },
    { weight: 1, arbitrary: key.map(wayBack) },
    { weight: 1, arbitrary: key.map(overwrittenInPlace) },
    { weight: 1, arbitrary: key.map(outOfOrder) },
    { weight: 2, arbitrary: fc.tuple(key, disturbance).map(longGone) },
  );
  return fc.record({
    pageSize: fc.constantFrom(2, 3, 7, 1000),
    concurrency: fc.constantFrom(1, 3),
    steps: fc.array(chapters, { minLength: 6, maxLength: 16, size: 'max' }).map((each) => each.flat()),
  });
}

const undisturbed: Disturbance = { writes: [] };

function put(key: number): Step {
  return { write: 'put', key, sizeBytes: 1, archived: false };
}

function take(hold: boolean): Step[] {
  const snapshot = { step: 'snapshot', prefix: '', hold, resume: false, disturbance: undisturbed } as const;
  return [snapshot, { step: 'wait', seconds: daySeconds }];
}

const removeAllButHeld: Extract<Step, { step: 'gc' }> = {
  step: 'gc',
  policy: { keepWithinDays: 0 },
  minimumRedundancy: 0,
  dryRun: false,
  force: true,
  orphans: false,
  disturbance: undisturbed,
};

/** A version that a snapshot names, the next one does not, and the one after that does again. */
function wayBack(key: number): Step[] {
  return [
    put(key),
    ...take(false),
    put(key),
    ...take(true),
    { step: 'delete-version', key, place: 0 },
    ...take(true),
    put(key),
    ...take(false),
    removeAllButHeld,
  ];
}

/**
 * A replica that arrives after a snapshot which it would have changed, and before one of an earlier moment: the latter names it,
 * the former still names what was there before.
 */
function outOfOrder(key: number): Step[] {
  return [
    { step: 'versioning', state: 'Enabled' },
    put(key),
    ...take(false),
    { step: 'wait', seconds: daySeconds },
    ...take(true),
    { step: 'late', key, ageSeconds: 2.5 * daySeconds, isDeleteMarker: false },
    {
      step: 'snapshot',
      atSecondsAgo: 2 * daySeconds,
      prefix: '',
      hold: true,
      resume: false,
      disturbance: undisturbed,
    },
    put(key),
    ...take(false),
    removeAllButHeld,
  ];
}

/** A `null` version that a snapshot names, and under its id another one that none does. */
function overwrittenInPlace(key: number): Step[] {
  return [
    { step: 'versioning', state: 'Suspended' },
    put(key),
    ...take(false),
    put(key),
    { step: 'versioning', state: 'Enabled' },
    put(key),
    ...take(true),
    removeAllButHeld,
  ];
}

/** Versions between two snapshots, and a delete marker over nothing that a snapshot names. */
function longGone([key, disturbance]: [number, Disturbance]): Step[] {
  return [
    put(key),
    ...take(false),
    put(key),
    { step: 'wait', seconds: daySeconds },
    put(key),
    { step: 'wait', seconds: daySeconds },
    { write: 'delete', key },
    { step: 'wait', seconds: daySeconds },
    ...take(false),
    { ...removeAllButHeld, orphans: true, disturbance },
    { ...removeAllButHeld, orphans: true, disturbance },
  ];
}
