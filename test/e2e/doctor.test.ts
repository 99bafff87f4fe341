/** doctor on a set of buckets that is as it should be, and on one that is not. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PutBucketLifecycleConfigurationCommand, PutBucketReplicationCommand } from '@aws-sdk/client-s3';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { Diagnosis } from '../../src/doctor/doctor.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(() => embedded.stop());

function troubles({ checks }: Diagnosis): string[] {
  return checks.filter((check) => check.status !== 'pass').map((check) => `${check.id} ${check.status}`);
}

test('a healthy set passes; what is broken is found, exit 1, and nothing is written', async (t) => {
  for (const bucket of ['master', 'slave']) s3.buckets.create(bucket);
  const hourAgoMs = Date.now() - 3_600_000;
  for (let i = 0; i < 20; i++) {
    const version = { key: `k${i}`, body: 'x', versionId: `v${i}`, lastModifiedMs: hourAgoMs };
    for (const bucket of ['master', 'slave']) s3.buckets.putVersion(bucket, version);
  }
  await embedded.client.send(
    new PutBucketReplicationCommand({
      Bucket: 'master',
      ReplicationConfiguration: {
        Role: 'arn:aws:iam::1:role/r',
        Rules: [
          {
            ID: 'all',
            Status: 'Enabled',
            Priority: 1,
            Filter: {},
            DeleteMarkerReplication: { Status: 'Enabled' },
            Destination: { Bucket: 'arn:aws:s3:::slave' },
          },
        ],
      },
    }),
  );
  const site = new Site(tempDir(t), { endpoint: s3.endpoint, master: 'master', slave: 'slave' });
  await site.json(['snapshot']);
  const healthy = await site.json<Diagnosis>(['doctor']);
  assert.deepEqual([healthy.ok, troubles(healthy)], [true, []]);
  assert.equal((await site.run(['doctor', '--quiet'])).stdout, '');

  await embedded.client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: 'slave',
      LifecycleConfiguration: {
        Rules: [
          { ID: 'tidy', Status: 'Enabled', Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
        ],
      },
    }),
  );
  s3.buckets.putVersion('master', { key: 'k7', body: 'not replicated', lastModifiedMs: hourAgoMs + 1 });
  s3.faults.add({ kind: 'access-denied', bucket: 'master', operation: 'GetBucketReplication' });
  chmodSync(site.configPath, 0o644);
  const before = s3.requests.entries.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length;
  const broken = await site.json<Diagnosis>(['doctor'], 1);
  assert.equal(broken.ok, false);
  assert.deepEqual(troubles(broken), [
    'config-file fail',
    'slave-lifecycle fail',
    'replication warn',
    'replication-lag warn',
  ]);
  assert.equal(
    s3.requests.entries.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length,
    before,
  );
  const { stdout, code } = await site.run(['doctor']);
  assert.equal(code, 1);
  assert.match(stdout, /^FAIL {2}config-file .*every user can read it\.\n +chmod 600 /m);
  assert.match(stdout, /^ok {4}slave-versioning/m);
});

test('a server that is not there is a check that fails, before there is any snapshot too', async (t) => {
  const endpoint = 'http://127.0.0.1:9';
  const site = new Site(tempDir(t), { endpoint, master: 'master', slave: 'slave' });
  const result = await site.json<Diagnosis>(['doctor'], 1);
  assert.deepEqual(troubles(result), ['snapshots-dir warn', 'slave-list fail', 'master-list fail']);
});
