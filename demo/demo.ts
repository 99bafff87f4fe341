/**
 * The main job from end to end, on an S3 server in this process: snapshot, damage, list, restore, a second snapshot, gc.
 * Each command is the built one, run as a user would type it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedS3, type EmbeddedS3 } from '../src/s3-embedded/index.ts';
import {
  createBuckets,
  damage,
  fill,
  isAsFilled,
  master,
  replicate,
  slave,
  versionCount,
} from './buckets.ts';

const objectCount = 3000;
const command = join(import.meta.dirname, '../bin/backup-my-bucket');

async function demo(s3: EmbeddedS3, folder: string): Promise<void> {
  const run = (...args: string[]): Promise<void> => runCommand(args, folder);

  say(`A master bucket with ${objectCount} objects, and a slave bucket that follows it.`);
  createBuckets(s3);
  fill(s3, objectCount);
  replicate(s3);
  writeConfig(s3, folder);
  await run('snapshot', '--note', 'before the bad day');

  const done = damage(s3, objectCount);
  replicate(s3);
  say(
    `A bad day: ${done.overwritten} objects overwritten, ${done.deleted} deleted, ${done.added} of rubbish added. ` +
      'The slave bucket has followed.',
  );
  await run('list-snapshots');

  say('What would a restore do? Nothing is changed yet.');
  await run('restore', 'latest', '--delete-extra', '--dry-run');
  say('Do it.');
  await run('restore', 'latest', '--delete-extra');
  if (!isAsFilled(s3, objectCount)) throw new Error('The master bucket is not what it was.');
  say('Checked: every object of the master bucket is what it was at first.');

  replicate(s3);
  await run('snapshot', '--note', 'after the restore');
  await run('list-snapshots');

  const before = versionCount(s3, slave);
  say('The retention policy of this demo keeps the last snapshot. What may gc delete?');
  await run('gc', '--dry-run');
  await run('gc');
  await run('list-snapshots');
  say(`The slave bucket had ${before} versions and delete markers, and has ${versionCount(s3, slave)} now.`);
}

function writeConfig(s3: EmbeddedS3, folder: string): void {
  const config = {
    LogLevel: 0,
    BackupSet: {
      SnapshotsDir: join(folder, 'snapshots'),
      CompressSnapshots: true,
      MinimumRedundancy: 1,
      RetentionPolicy: { KeepLast: 1 },
      MasterBucket: master,
      MasterRegion: 'us-east-1',
      MasterEndpoint: s3.endpoint,
      SlaveBucket: slave,
      SlaveRegion: 'us-east-1',
      SlaveEndpoint: s3.endpoint,
      ForcePathStyle: true,
      AccessKey: 'test',
      SecretKey: 'testsecret',
    },
  };
  writeFileSync(join(folder, 'backup-my-bucket.conf'), `${JSON.stringify(config, null, 2)}\n`, {
    mode: 0o600,
  });
}

async function runCommand(args: string[], folder: string): Promise<void> {
  console.log(`\n$ backup-my-bucket ${args.map(quoted).join(' ')}`);
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`backup-my-bucket ${args.join(' ')} ended with exit code ${code}`);
}

function quoted(argument: string): string {
  return /^[\w@=./:-]+$/.test(argument) ? argument : `"${argument}"`;
}

function say(text: string): void {
  console.log(`\n# ${text}`);
}

const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-demo-'));
const s3 = await startEmbeddedS3();
try {
  await demo(s3, folder);
} finally {
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
}
