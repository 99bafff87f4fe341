import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Fields } from '../../../src/log/logger.ts';
import { recordMetrics, recordQueue } from '../../../src/metrics/record.ts';
import type { RunOutcome, SetState } from '../../../src/run-outcome.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { startPostServer } from '../../support/webhook.ts';

const outcome = (changes: Partial<RunOutcome> = {}): RunOutcome => ({
  command: 'delete-snapshot',
  set: 'a "b"',
  startedMs: 1000_000,
  endedMs: 1002_500,
  exitCode: 0,
  error: undefined,
  figures: { 'versions.deleted': 7, bytesFreed: 1e12 },
  ...changes,
});
const state: SetState = {
  set: 'a "b"',
  snapshots: 4,
  newest: { snapshot: '20261121T040000Z', asOfMs: 900_000, keys: 5, bytes: 6 },
};

/** Samples by name, labels and all. */
function samplesIn(folder: string): Record<string, string> {
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of samples) assert.match(line, /^[a-z_]+\{[a-z]+="[^\n]*"\} [-0-9.e+]+$/);
  return Object.fromEntries(samples.map((line) => line.split('} ') as [string, string]));
}

test('a file for the run and one for the set, for another user to read', async (t) => {
  const folder = tempDir(t);
  await recordMetrics({ textfileDir: folder, cloudWatch: undefined }, outcome(), state, silentLog);
  const names = readdirSync(folder);
  assert.deepEqual(names, [
    'backup-my-bucket-a_20_22b_22-delete_2dsnapshot.prom',
    'backup-my-bucket-a_20_22b_22.prom',
  ]);
  assert.equal(statSync(join(folder, names[0] ?? '')).mode & 0o777, 0o644);
  const run = '{set="a \\"b\\"",command="delete-snapshot"';
  const set = '{set="a \\"b\\""';
  const name = (of: string, labels: string): string => `backup_my_bucket_${of}${labels}`;
  assert.deepEqual(samplesIn(folder), {
    [name('last_run_timestamp_seconds', run)]: '1002.5',
    [name('last_run_duration_seconds', run)]: '2.5',
    [name('last_run_exit_code', run)]: '0',
    [name('last_success_timestamp_seconds', run)]: '1002.5',
    [name('runs_total', run)]: '1',
    [name('failures_total', run)]: '0',
    [name('delete_snapshot_versions_deleted', run)]: '7',
    [name('delete_snapshot_bytes_freed', run)]: '1000000000000',
    [name('snapshots', set)]: '4',
    [name('newest_snapshot_timestamp_seconds', set)]: '900',
    [name('newest_snapshot_keys', set)]: '5',
    [name('newest_snapshot_bytes', set)]: '6',
  });
});

test('counters and the last success outlive a failure', async (t) => {
  const folder = tempDir(t);
  const record = (changes: Partial<RunOutcome>): Promise<void> =>
    recordMetrics({ textfileDir: folder, cloudWatch: undefined }, outcome(changes), undefined, silentLog);
  await record({ set: 's' });
  await record({ set: 's', exitCode: 1, endedMs: 2000_000, figures: {} });
  await record({ set: 's', exitCode: 3, endedMs: 3000_000 });
  const samples = samplesIn(folder);
  const of = (name: string): string | undefined =>
    samples[`backup_my_bucket_${name}{set="s",command="delete-snapshot"`];
  assert.deepEqual(
    [of('runs_total'), of('failures_total'), of('last_success_timestamp_seconds'), of('last_run_exit_code')],
    ['3', '2', '1002.5', '3'],
  );
});

test('a folder that cannot be written is a warning', async () => {
  const warnings: [string, Fields | undefined][] = [];
  const log = { ...silentLog, warn: (message: string, fields?: Fields) => warnings.push([message, fields]) };
  await recordMetrics({ textfileDir: '/nowhere', cloudWatch: undefined }, outcome(), state, log);
  assert.equal(warnings[0]?.[0], 'metrics were not written');
  assert.match(String(warnings[0]?.[1]?.['reason']), /\/nowhere/);
});

/** With credentials in the environment. */
async function startCloudWatch(t: TestContext) {
  const server = await startPostServer(t);
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  t.after(() => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
  });
  const cloudWatch = { namespace: 'Backups', region: 'eu-west-1', endpoint: server.url };
  return { server, cloudWatch };
}

test('CloudWatch gets what it is asked for, signed; a refusal is a warning', async (t) => {
  const { server, cloudWatch } = await startCloudWatch(t);
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  server.answers.push(403);
  await recordMetrics({ textfileDir: undefined, cloudWatch }, outcome({ set: 's' }), state, log);
  assert.deepEqual(warnings, ['metrics were not sent to CloudWatch']);
  const [request] = server.posted;
  assert.match(
    String(request?.headers['authorization']),
    /Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/monitoring\//,
  );
  const text = request?.body.toString('latin1') ?? '';
  for (const word of ['Backups', 'Duration', 'ExitCode', 'SnapshotAge', 'Keys', 'delete-snapshot'])
    assert.ok(text.includes(word), `${word} in ${text}`);
});

test('CloudWatch gets what a sync has brought, and what a watch has before it', async (t) => {
  const { server, cloudWatch } = await startCloudWatch(t);
  const metrics = { textfileDir: undefined, cloudWatch };
  const ofSync = outcome({ command: 'sync', set: 'photos', figures: { uploaded: 3, failed: 1, bytes: 9 } });
  await recordMetrics(metrics, ofSync, undefined, silentLog);
  await recordQueue(metrics, { site: 'photos', queue: 5, inFlight: 2 }, 1000_000, silentLog);
  const sent = server.posted.map(({ body }) => body.toString('latin1'));
  const words = [
    ['Uploaded', 'UploadedBytes', 'NotBrought', 'sync', 'photos'],
    ['Queue', 'InFlight', 'watch', 'photos'],
  ];
  assert.equal(sent.length, 2);
  for (const [index, text] of sent.entries())
    for (const word of words[index] ?? []) assert.ok(text.includes(word), `${word} in ${text}`);
});
