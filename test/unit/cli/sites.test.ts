import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Site } from '../../../src/config/config.ts';
import type { Context } from '../../../src/cli/context.ts';
import { Outcomes } from '../../../src/cli/outcomes.ts';
import { RunLog } from '../../../src/cli/run-log.ts';
import { forEachSite, worstError } from '../../../src/cli/sites.ts';
import { BackupError } from '../../../src/errors.ts';
import { createLogger } from '../../../src/log/index.ts';
import type { SiteResult } from '../../../src/sync/site-sync.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { collector } from '../log/collector.ts';

/** A run whose log goes to syslog: here, to `text`. */
function running(t: TestContext) {
  const { exitCode } = process;
  t.after(() => (process.exitCode = exitCode));
  t.mock.method(process.stderr, 'write', () => true);
  const clock = new ManualClock();
  const stderr = collector();
  const log = createLogger({ clock, level: 'info', stderr });
  const run = new RunLog({ command: 'sync', version: '1', level: 'info', holdsErrors: true, log, clock });
  const context = { run, outcomes: new Outcomes('sync', clock), signal: new AbortController().signal };
  return { context: context as unknown as Context, text: () => stderr.text() };
}

const named = (name: string): Site => ({ name }) as Site;
const brought = (site: string): SiteResult => ({ site, failed: 0, uploaded: 3 }) as SiteResult;

test('what stands against a site is in the log, and of several the worst is told', async (t) => {
  const { context, text } = running(t);
  const errors: Record<string, BackupError> = {
    b: new BackupError('LOCKED', 'Another run is at work.'),
    c: new BackupError('REFUSED', 'Nothing is mounted.', { hint: 'Mount it.' }),
  };
  const printed = await forEachSite(context, ['a', 'b', 'c'].map(named), async ({ name }) => {
    const error = errors[name];
    if (name === 'b' && error !== undefined) throw error;
    return { ...brought(name), ...(error !== undefined && { error }) };
  });
  assert.equal(process.exitCode, 4);
  assert.deepEqual(worstError(printed), {
    code: 'REFUSED',
    message: 'Nothing is mounted.',
    hint: 'Mount it.',
  });
  assert.deepEqual(text().trimEnd().split('\n'), [
    'INFO sync of one site ended site=a failed=0 uploaded=3',
    'ERROR sync of one site failed: Another run is at work. site=b code=LOCKED',
    'INFO sync of one site ended site=c failed=0 uploaded=3',
    'ERROR sync of one site failed: Nothing is mounted. (Mount it.) site=c code=REFUSED',
  ]);
});

test('the only site is not told beside the run, but what stands against it is', async (t) => {
  const { context, text } = running(t);
  await forEachSite(context, [named('a')], async () => brought('a'));
  assert.equal(text(), '');
  await forEachSite(context, [named('a')], async () => Promise.reject(new BackupError('LOCKED', 'No.')));
  assert.equal(text(), 'ERROR sync of one site failed: No. site=a code=LOCKED\n');
});
