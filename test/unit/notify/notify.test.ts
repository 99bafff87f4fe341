import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { NotificationEvent, WebhookFormat } from '../../../src/config/config.ts';
import type { Fields } from '../../../src/log/logger.ts';
import { notify } from '../../../src/notify/notify.ts';
import type { RunOutcome, SetState } from '../../../src/run-outcome.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { startPostServer } from '../../support/webhook.ts';

const hourMs = 3_600_000;
const endedMs = Date.parse('2026-11-21T04:00:00Z');
const secretPath = '/services/T0/B0/topsecret';

const outcome = (changes: Partial<RunOutcome> = {}): RunOutcome => ({
  command: 'snapshot',
  set: 'photos',
  startedMs: endedMs - 5000,
  endedMs,
  exitCode: 1,
  error: { code: 'ACCESS_DENIED', message: 'Access to <bucket> is denied.', hint: 'Allow it.' },
  figures: { keys: 3 },
  ...changes,
});

const stateOf = (ageHours: number): SetState => ({
  set: 'photos',
  snapshots: 2,
  newest: { snapshot: '20261120T040000Z', asOfMs: endedMs - ageHours * hourMs, keys: 3, bytes: 9 },
});

async function open(t: TestContext, format: WebhookFormat = 'json', on?: NotificationEvent[]) {
  const server = await startPostServer(t);
  const lines: [message: string, fields: Fields | undefined][] = [];
  const clock = new ManualClock(endedMs);
  const log = { ...silentLog, warn: (message: string, fields?: Fields) => lines.push([message, fields]) };
  const run = (of: RunOutcome, state?: SetState, overdueHours?: number): Promise<void> =>
    notify(
      {
        webhooks: [{ url: server.url + secretPath, format, on: on ?? ['failure', 'overdue'] }],
        overdueHours,
      },
      of,
      state,
      {
        clock,
        log,
        host: 'vault',
        redact: (text) => text.replaceAll('hunter2', '[redacted]'),
        limits: { attemptMs: 200, retryDelaysMs: [0, 0] },
      },
    );
  const bodies = (): Record<string, unknown>[] =>
    server.posted.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
  return { server, lines, run, bodies };
}

test('a failure is told with what failed and what to do', async (t) => {
  const { run, bodies, server } = await open(t);
  await run(outcome(), stateOf(24));
  assert.equal(server.posted[0]?.path, secretPath);
  assert.equal(server.posted[0]?.headers['content-type'], 'application/json');
  assert.deepEqual(bodies(), [
    {
      program: 'backup-my-bucket',
      event: 'failure',
      title: 'snapshot of set photos failed on vault',
      lines: ['Access to <bucket> is denied.', 'Allow it.'],
      set: 'photos',
      command: 'snapshot',
      host: 'vault',
      time: '2026-11-21T04:00:00.000Z',
      exitCode: 1,
      durationMs: 5000,
      code: 'ACCESS_DENIED',
      newestSnapshot: '20261120T040000Z',
      figures: { keys: 3 },
    },
  ]);
});

describe('who is told of what', () => {
  const cases: [name: string, Partial<RunOutcome>, NotificationEvent[], told: string[]][] = [
    ['a failure', {}, ['failure'], ['failure']],
    ['done in part', { exitCode: 3, error: undefined }, ['failure'], ['failure']],
    ['a success', { exitCode: 0, error: undefined }, ['failure', 'overdue'], []],
    ['a success, if asked', { exitCode: 0, error: undefined }, ['success'], ['success']],
    ['wrong usage', { exitCode: 2 }, ['failure', 'success'], []],
    ['another run', { exitCode: 5 }, ['failure'], []],
    ['thawing', { exitCode: 75 }, ['failure'], []],
    ['Ctrl-C', { exitCode: 130 }, ['failure'], []],
  ];
  for (const [name, changes, on, told] of cases) {
    test(name, async (t) => {
      const { run, bodies } = await open(t, 'json', on);
      await run(outcome(changes), stateOf(1), 26);
      assert.deepEqual(
        bodies().map(({ event }) => event),
        told,
      );
    });
  }
});

test('a snapshot is overdue when the newest that counts is too old, or there is none', async (t) => {
  const { run, bodies } = await open(t, 'json', ['overdue']);
  const well = outcome({ exitCode: 0, error: undefined, command: 'gc' });
  await run(well, stateOf(25), 26);
  await run(well, stateOf(30), undefined);
  await run(well, undefined, 26);
  assert.equal(bodies().length, 0);
  await run(well, stateOf(30), 26);
  await run(well, { set: 'photos', snapshots: 0, newest: undefined }, 26);
  assert.deepEqual(
    bodies().map(({ lines }) => (lines as string[])[0]),
    [
      'The newest snapshot that counts is 20261120T040000Z, 30 hours old; OverdueHours is 26.',
      'There is no snapshot that counts.',
    ],
  );
});

test('Slack gets a text with its characters escaped', async (t) => {
  const { run, bodies } = await open(t, 'slack');
  await run(outcome());
  assert.deepEqual(bodies(), [
    { text: '*snapshot of set photos failed on vault*\nAccess to &lt;bucket&gt; is denied.\nAllow it.' },
  ]);
});

test('Teams gets an Adaptive Card', async (t) => {
  const { run, bodies } = await open(t, 'teams');
  await run(outcome());
  const [message] = bodies() as { type: string; attachments: Record<string, unknown>[] }[];
  assert.equal(message?.type, 'message');
  const [attachment] = message.attachments;
  assert.equal(attachment?.['contentType'], 'application/vnd.microsoft.card.adaptive');
  const card = attachment['content'] as { type: string; body: { type: string; text?: string }[] };
  assert.equal(card.type, 'AdaptiveCard');
  assert.deepEqual(
    card.body.map(({ type, text }) => text ?? type),
    ['snapshot of set photos failed on vault', 'Access to <bucket> is denied.', 'Allow it.', 'FactSet'],
  );
});

describe('what is not delivered', () => {
  test('is tried again where that can help', async (t) => {
    const { run, server, lines } = await open(t);
    server.answers.push(503, 'silent', 200);
    await run(outcome());
    assert.deepEqual([server.posted.length, lines], [3, []]);
  });

  test('is given up and logged, without the URL', async (t) => {
    const { run, server, lines } = await open(t);
    server.answers.push(500, 500, 500);
    await run(outcome());
    assert.equal(server.posted.length, 3);
    assert.deepEqual(lines, [
      [
        'a notification was not delivered',
        { webhook: 'Notifications.Webhooks[0]', event: 'failure', set: 'photos', reason: 'it answered 500' },
      ],
    ]);
    assert.ok(!JSON.stringify(lines).includes('topsecret'));
  });

  test('is not tried again where the answer will not change, and no redirect is followed', async (t) => {
    const { run, server, lines } = await open(t);
    for (const status of [404, 302]) {
      server.answers.push(status);
      await run(outcome());
    }
    assert.equal(server.posted.length, 2);
    assert.deepEqual(
      lines.map(([, fields]) => fields?.['reason']),
      ['it answered 404', 'it answered 302'],
    );
  });
});

test('secrets in an error are masked', async (t) => {
  const { run, server } = await open(t);
  await run(outcome({ error: { code: 'FAILED', message: 'the key hunter2 is wrong', hint: null } }));
  assert.ok(!server.posted[0]?.body.toString().includes('hunter2'));
});
