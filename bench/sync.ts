/**
 * Measures syncs of small files: node bench/sync.ts [--files 20000] [--bytes 10240] [--many 200000] [--radosgw]. Prints a table of the
 * first sync of a directory and of one in which nothing has changed, beside rclone and aws-cli where they are installed; and what
 * a first and an unchanged sync of many files take in time, memory and requests.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { executable } from '../test/support/command.ts';
import { testClient } from '../test/support/embedded.ts';
import { Feeder } from '../test/support/feeder.ts';
import { startRadosgw } from '../test/support/radosgw.ts';
import { count, mebibytes, table } from './format.ts';
import { measure, type Cost } from './measure.ts';
import { BenchServer } from './server.ts';

const filesAFolder = 200;
const inFlight = 64;
const rclonePath = '/usr/bin/rclone';
const awsPath = '/usr/bin/aws';
/** What changed last is compared by content, as long as its file system's clock may not have gone on. */
const settleMs = 2500;

const environment = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'testsecret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  // The server speaks plain HTTP; rclone does not start where this is set.
  AWS_CA_BUNDLE: undefined,
};

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    bytes: { type: 'string', default: '10240' },
    many: { type: 'string', default: '200000' },
    radosgw: { type: 'boolean', default: false },
  },
});
const files = Number(values.files);
const sizeBytes = Number(values.bytes);
let bucketNumber = 0;

const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
try {
  const source = join(folder, 'files');
  makeFiles(source, files, sizeBytes);
  await sleep(settleMs);
  await using server = await BenchServer.start();
  await compare('the embedded S3', server.endpoint, source);
  if (values.radosgw) {
    await using radosgw = await startRadosgw();
    if (radosgw === undefined) console.log('radosgw is not installed');
    else {
      await compare('radosgw', radosgw.endpoint, source);
      await measureMany('radosgw', radosgw.endpoint, Number(values.many));
    }
  }
  await measureMany('the embedded S3', server.endpoint, Number(values.many), () => server.takeRequests());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Peer {
  name: string;
  command: string;
  args: (source: string, bucket: string) => string[];
}

async function compare(name: string, endpoint: string, source: string): Promise<void> {
  const rows: string[][] = [];
  for (const peer of peersAt(endpoint)) {
    if (!existsSync(peer.command)) {
      rows.push([peer.name, 'not installed', '', '', '']);
      continue;
    }
    const bucket = await makeBucket(endpoint);
    const run = (): Promise<Cost> =>
      measure(peer.command, peer.args(source, bucket), { env: environment, discardOutput: true });
    const first = await run();
    const unchanged = [await run(), await run()].reduce((a, b) => (a.wallMs < b.wallMs ? a : b));
    const costs = [first, unchanged].flatMap(({ wallMs, cpuMs }) => [seconds(wallMs), seconds(cpuMs)]);
    rows.push([peer.name, ...costs, mebibytes(Math.max(first.peakBytes, unchanged.peakBytes))]);
  }
  console.log(`\n${count(files)} files of ${count(sizeBytes)} bytes into ${name}\n`);
  console.log(table(['', 'first, s', 'CPU, s', 'unchanged, s', 'CPU, s', 'peak, MiB'], rows));
}

function peersAt(endpoint: string): Peer[] {
  const remote = `:s3,provider=Other,env_auth,force_path_style,region=us-east-1,endpoint='${endpoint}':`;
  const parallel = ['--transfers', String(inFlight), '--checkers', String(inFlight), '--s3-no-check-bucket'];
  return [
    {
      name: 'backup-my-bucket',
      command: executable,
      args: (source, bucket) => ['sync', '--quiet', '--config', feederFor(endpoint, source, bucket)],
    },
    {
      name: 'rclone sync',
      command: rclonePath,
      args: (source, bucket) => ['sync', source, remote + bucket, '--config', '/dev/null', ...parallel],
    },
    {
      name: 'aws s3 sync',
      command: awsPath,
      args: (source, bucket) => {
        const where = ['--endpoint-url', endpoint, 's3', 'sync', source, `s3://${bucket}`];
        return [...where, '--delete', '--only-show-errors'];
      },
    },
  ];
}

/** @returns the path of a configuration file; the same one for the same bucket, whose memory is kept */
function feederFor(endpoint: string, source: string, bucket: string): string {
  const site = { Name: 'bench', Path: source, Bucket: bucket, RetireDeleted: true };
  return new Feeder(join(folder, bucket), endpoint, [site]).configPath;
}

async function measureMany(
  name: string,
  endpoint: string,
  many: number,
  takeRequests: () => Promise<Record<string, number>> = async () => ({}),
): Promise<void> {
  if (many === 0) return;
  const source = join(folder, 'many');
  if (!existsSync(source)) makeFiles(source, many, 100);
  await sleep(settleMs);
  const config = feederFor(endpoint, source, await makeBucket(endpoint));
  const run = (): Promise<Cost> => measure(executable, ['sync', '--quiet', '--config', config]);
  const first = await run();
  await takeRequests();
  const unchanged = await run();
  const requests = Object.values(await takeRequests()).reduce((sum, each) => sum + each, 0);
  console.log(`\n${count(many)} files of 100 bytes into ${name}\n`);
  const row = (what: string, { wallMs, cpuMs, peakBytes }: Cost): string[] => [
    what,
    seconds(wallMs),
    seconds(cpuMs),
    mebibytes(peakBytes),
  ];
  const rows = [
    [...row('first', first), ''],
    [...row('unchanged', unchanged), requests === 0 ? '' : count(requests)],
  ];
  console.log(table(['', 'time, s', 'CPU, s', 'peak, MiB', 'requests'], rows));
}

function makeFiles(root: string, number: number, bytes: number): void {
  for (let n = 0; n < number; n++) {
    const path = join(root, `folder-${String(Math.floor(n / filesAFolder)).padStart(5, '0')}`);
    if (n % filesAFolder === 0) mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file-${String(n).padStart(7, '0')}.bin`), randomBytes(bytes));
  }
}

async function makeBucket(endpoint: string): Promise<string> {
  const client = testClient(endpoint);
  const Bucket = `sync-bench-${process.pid}-${++bucketNumber}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  client.destroy();
  return Bucket;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
