import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outcomes } from '../../../src/cli/outcomes.ts';
import { BackupError } from '../../../src/errors.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('numbers of the result are figures; each set has its own time', () => {
  const clock = new ManualClock(1000);
  const outcomes = new Outcomes('gc', clock);
  clock.advance(500);
  outcomes.ended('a', { removed: ['x'], versions: { deleted: 3 }, mark: 'id', dryRun: false }, 0);
  outcomes.begin();
  clock.advance(20);
  outcomes.failed('b', new BackupError('REFUSED', 'no', { hint: 'do' }));
  assert.deepEqual(outcomes.list, [
    {
      command: 'gc',
      set: 'a',
      startedMs: 1000,
      endedMs: 1500,
      exitCode: 0,
      error: undefined,
      figures: { removed: 1, 'versions.deleted': 3 },
    },
    {
      command: 'gc',
      set: 'b',
      startedMs: 1500,
      endedMs: 1520,
      exitCode: 4,
      error: { code: 'REFUSED', message: 'no', hint: 'do' },
      figures: {},
    },
  ]);
});

test('the error that a result holds is told, where the run did not end well', () => {
  const outcomes = new Outcomes('sync', new ManualClock());
  const error = { code: 'REFUSED', message: 'not mounted', hint: null };
  outcomes.ended('sites', { sites: [], error }, 4);
  outcomes.ended('sites', { sites: [] }, 3);
  assert.deepEqual(
    outcomes.list.map((each) => each.error),
    [error, undefined],
  );
});
