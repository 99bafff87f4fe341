import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The path of a configuration file with this content, in a folder of its own. */
export function temporaryConfig(t: TestContext, content: unknown): string {
  const path = join(temporaryFolder(t), 'backup-my-bucket.conf');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}

export const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

/** In the form of the old program. */
export const oldSet = {
  SnapshotsDir: '/var/lib/backup-my-bucket',
  CompressSnapshots: true,
  MinimumRedundancy: 3,
  RetentionPolicy: 7,
  MasterBucket: 'photos',
  MasterRegion: 'eu-west-1',
  SlaveBucket: 'photos-history',
  SlaveRegion: 'eu-central-1',
  AccessKey: 'AKIDEXAMPLE',
  SecretKey: secret,
};

export const oldFile = { LogLevel: 1, AwsLogLevel: 0, Syslog: false, BackupSet: oldSet };
