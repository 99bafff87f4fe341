import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadConfig, secretsOf } from '../../../src/config/index.ts';
import { redact } from '../../../src/log/redact.ts';
import { oldFile, temporaryConfig } from './temporary.ts';

const Url = 'https://hooks.example.com/services/T0/topsecret?sig=abc';

async function problem(t: TestContext, fields: object): Promise<string> {
  const error: unknown = await loadConfig(temporaryConfig(t, { ...oldFile, ...fields })).catch(
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  assert.ok(!error.message.includes('topsecret'));
  return error.message;
}

test('what is left out has the usual value', async (t) => {
  const path = temporaryConfig(t, {
    ...oldFile,
    Notifications: { Webhooks: [{ Url }], OverdueHours: 26 },
    Metrics: { TextfileDir: 'metrics', CloudWatch: { Region: 'eu-west-1' } },
  });
  const { notifications, metrics } = await loadConfig(path);
  assert.deepEqual(notifications, {
    webhooks: [{ url: Url, format: 'json', on: ['failure', 'overdue'] }],
    overdueHours: 26,
  });
  assert.deepEqual(metrics, {
    textfileDir: join(dirname(path), 'metrics'),
    cloudWatch: { namespace: 'backup-my-bucket', region: 'eu-west-1', endpoint: undefined },
  });
});

test('the URL of a webhook is a secret, whole and by its path', async (t) => {
  const secrets = secretsOf(
    await loadConfig(temporaryConfig(t, { ...oldFile, Notifications: { Webhooks: [{ Url }] } })),
  );
  for (const text of [Url, 'POST /services/T0/topsecret?sig=abc'])
    assert.ok(!redact(text, secrets).includes('topsecret'), text);
});

test('wrong fields are named', async (t) => {
  const cases: [object, RegExp][] = [
    [{ Notifications: { Webhooks: [{ Url: 'topsecret' }] } }, /Webhooks\[0\]\.Url: expected a URL/],
    [
      { Notifications: { Webhooks: [{ Url, On: ['failures'] }] } },
      /Webhooks\[0\]\.On\[0\]: expected a list of "failure"/,
    ],
    [
      { Notifications: { Webhooks: [{ Url, Fromat: 'slack' }] } },
      /Fromat: unknown field; did you mean Format\?/,
    ],
    [{ Notifications: { Webhooks: [] } }, /at least one webhook/],
    [{ Notifications: { OverdueHours: 26 } }, /Webhooks is missing/],
    [{ Notifications: { Webhooks: [{ Url }], OverdueHour: 1 } }, /did you mean OverdueHours\?/],
    [{ Metrics: {} }, /Metrics: expected TextfileDir, CloudWatch or both/],
    [
      { Metrics: { CloudWatch: { Region: 'eu-west-1', Namespace: 'AWS/S3' } } },
      /Namespace: expected a namespace/,
    ],
  ];
  for (const [fields, expected] of cases) assert.match(await problem(t, fields), expected);
});
