import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunLog } from '../../../src/cli/run-log.ts';
import { BackupError } from '../../../src/errors.ts';
import { createLogger } from '../../../src/log/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { collector } from '../log/collector.ts';

function logOf(run: (runLog: RunLog, clock: ManualClock) => void, holdsErrors = true): string {
  const stderr = collector();
  const clock = new ManualClock();
  const log = createLogger({ clock, level: 'debug', stderr });
  run(
    new RunLog({ command: 'catalogue rebuild', version: '1.2.3', level: 'info', holdsErrors, log, clock }),
    clock,
  );
  return stderr.text();
}

test('a line at the start, and one with the figures at the end', () => {
  const text = logOf((run, clock) => {
    run.started('/etc/a b.conf');
    clock.advance(1500);
    run.ended({ snapshots: 3, damaged: [] }, 0);
  });
  assert.equal(
    text,
    'INFO catalogue rebuild started version=1.2.3 config="/etc/a b.conf"\n' +
      'INFO catalogue rebuild ended exit=0 durationMs=1500 snapshots=3 damaged=0\n',
  );
});

test('done in part is a warning (trap 30), thawing is not', () => {
  assert.match(
    logOf((run) => run.ended({ failed: 1 }, 3)),
    /^WARN .* exit=3 durationMs=0 failed=1\n$/,
  );
  assert.match(
    logOf((run) => run.ended({ thawing: 1 }, 75)),
    /^INFO .* exit=75 /,
  );
});

test('a failure is an error of one line, where it does not stand on the same screen', () => {
  const error = new BackupError('REFUSED', 'It would\ndelete all.', { hint: 'Do not.' });
  assert.equal(
    logOf((run) => run.failed(error)),
    'ERROR catalogue rebuild failed: It would\\ndelete all. (Do not.) exit=4 durationMs=0 code=REFUSED\n',
  );
  assert.equal(
    logOf((run) => run.failed(error), false),
    '',
  );
});
