/**
 * Measures restores: node bench/restore.ts [--copies 10000] [--plan-keys 1000000] [--radosgw]. Prints a table. The processor time of a
 * copied object on the embedded S3, which runs in a process of its own; what planning costs where nothing has changed; and
 * objects a second on radosgw beside other programs, where they are installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../src/concurrency.ts';
import { testClient } from '../test/support/embedded.ts';
import { startRadosgw } from '../test/support/radosgw.ts';
import { Site } from '../test/support/site.ts';
import { measure, type Cost } from './measure.ts';
import { restoreKey } from './restore-key.ts';
import { BenchServer } from './server.ts';

const executable = join(import.meta.dirname, '../bin/backup-my-bucket');
const bareCopy = join(import.meta.dirname, 'clients/bare-copy.ts');
const inFlight = 64;
const environment = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'testsecret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CA_BUNDLE: undefined,
};

const { values } = parseArgs({
  options: {
    copies: { type: 'string', default: '10000' },
    'plan-keys': { type: 'string', default: '1000000' },
    radosgw: { type: 'boolean', default: false },
  },
});
const copies = Number(values.copies);
let bucketNumber = 0;

await measureOnEmbedded();
await measurePlanning(Number(values['plan-keys']));
if (values.radosgw) await measureOnRadosgw();

async function measureOnEmbedded(): Promise<void> {
  await using server = await BenchServer.start();
  const { endpoint } = server;
  const slave = await makeBucket(endpoint);
  const versions = Array.from({ length: copies }, (_, n) => ({ key: restoreKey(n), body: `${n}` }));
  const admin = { method: 'POST', body: JSON.stringify({ bucket: slave, versions }) };
  const answer = await fetch(`${endpoint}/_embedded/versions`, admin);
  if (!answer.ok) throw new Error(await answer.text());
  // What the command costs where there is nothing to copy is no cost of copying.
  const empty = await ownRestore(endpoint, await makeBucket(endpoint), await makeBucket(endpoint));
  report('embedded, backup-my-bucket', await ownRestore(endpoint, slave, await makeBucket(endpoint)), empty);
  const bare = (count: number, to: string): Promise<Cost> =>
    measure(process.execPath, [bareCopy, endpoint, slave, to, String(count), String(inFlight)]);
  const to = await makeBucket(endpoint);
  report('embedded, bare loop', await bare(copies, to), await bare(0, to));
}

/** Master and slave are one bucket that has not changed: every key is looked at, and nothing is to be done. */
async function measurePlanning(keys: number): Promise<void> {
  await using server = await BenchServer.start();
  await server.addBucket({ bucket: 'unchanged', layout: 'flat', keys });
  await inSite(server.endpoint, 'unchanged', 'unchanged', async (site) => {
    await measure(executable, ['snapshot', '--at', '2025-06-01T00:00:00Z', '--json', '-c', site.configPath]);
    const cost = await measure(executable, [
      'restore',
      'latest',
      '--dry-run',
      '--json',
      '-c',
      site.configPath,
    ]);
    const { plan } = JSON.parse(cost.stdout) as { plan: { same: number } };
    if (plan.same !== keys) throw new Error(`${plan.same} of ${keys} keys are the same`);
    const peak = (cost.peakBytes / 1024 ** 2).toFixed(0);
    console.log(
      `plan of ${keys} unchanged keys: ${(cost.cpuMs / 1000).toFixed(1)} s of CPU, ${(cost.wallMs / 1000).toFixed(1)} s, ${peak} MiB`,
    );
  });
}

async function measureOnRadosgw(): Promise<void> {
  await using radosgw = await startRadosgw();
  if (radosgw === undefined) return console.log('radosgw is not installed');
  const { endpoint } = radosgw;
  const slave = await makeBucket(endpoint);
  const client = testClient(endpoint, { maxAttempts: 5 });
  const numbers = Array.from({ length: copies }, (_, n) => n);
  await forEachConcurrently(numbers, 16, async (n) => {
    await client.send(new PutObjectCommand({ Bucket: slave, Key: restoreKey(n), Body: String(n) }));
  });
  client.destroy();
  const bare = async (): Promise<Cost> => {
    const to = await makeBucket(endpoint);
    return measure(process.execPath, [bareCopy, endpoint, slave, to, String(copies), String(inFlight)]);
  };
  report('radosgw, bare loop', await bare());
  report('radosgw, backup-my-bucket', await ownRestore(endpoint, slave, await makeBucket(endpoint)));
  report('radosgw, bare loop again', await bare());
  const remote = `:s3,provider=Ceph,env_auth,force_path_style,region=us-east-1,endpoint='${endpoint}':`;
  const peers: Record<string, (to: string) => [string, ...string[]]> = {
    rclone: (to) => {
      const flags = ['--transfers', String(inFlight), '--checkers', String(inFlight), '--s3-no-check-bucket'];
      return ['rclone', 'copy', `${remote}${slave}`, `${remote}${to}`, ...flags];
    },
    aws: (to) => [
      'aws',
      '--endpoint-url',
      endpoint,
      's3',
      'sync',
      `s3://${slave}`,
      `s3://${to}`,
      '--only-show-errors',
    ],
  };
  for (const [name, commandFor] of Object.entries(peers)) {
    if (spawnSync(name, ['--version']).error !== undefined) continue;
    const [command, ...args] = commandFor(await makeBucket(endpoint));
    try {
      report(`radosgw, ${name}`, await measure(command, args, { env: environment, discardOutput: true }));
    } catch (error) {
      console.log(`radosgw, ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** A snapshot of the slave, and a restore of all of it; only the restore is measured. */
async function ownRestore(endpoint: string, slave: string, master: string): Promise<Cost> {
  return inSite(endpoint, slave, master, async (site) => {
    await measure(executable, ['snapshot', '--json', '-c', site.configPath]);
    const args = ['restore', 'latest', '--json', '--no-undo-point', '--concurrency', String(inFlight)];
    return measure(executable, [...args, '-c', site.configPath]);
  });
}

async function inSite<T>(
  endpoint: string,
  slave: string,
  master: string,
  work: (site: Site) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
  try {
    return await work(new Site(folder, { endpoint, master, slave }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeBucket(endpoint: string): Promise<string> {
  const client = testClient(endpoint);
  const Bucket = `restore-bench-${++bucketNumber}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  client.destroy();
  return Bucket;
}

/** @param start what it costs without any object */
function report(name: string, cost: Cost, start: Pick<Cost, 'cpuMs'> = { cpuMs: 0 }): void {
  const perSecond = (copies / (cost.wallMs / 1000)).toFixed(0);
  const cpuMs = ((cost.cpuMs - start.cpuMs) / copies).toFixed(3);
  console.log(
    `${name}: ${perSecond} objects/s, ${cpuMs} ms of CPU an object, start ${(start.cpuMs / 1000).toFixed(2)} s of CPU`,
  );
}
