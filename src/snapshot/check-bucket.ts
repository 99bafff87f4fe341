import { BackupError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { SnapshotBucket } from './bucket.ts';

type CheckedBucket = Pick<SnapshotBucket, 'name' | 'versioning' | 'lifecycleRules'>;

/**
 * @throws BackupError BUCKET_MISSING; BUCKET_UNVERSIONED where versioning was never on: what a snapshot names would be
 * overwritten in place
 */
export async function checkSlaveBucket(bucket: CheckedBucket, log: Logger): Promise<void> {
  const state = await bucket.versioning();
  if (state === 'off') {
    throw new BackupError(
      'BUCKET_UNVERSIONED',
      `Bucket ${bucket.name} is not versioned: it keeps no history.`,
      {
        hint: `Switch versioning on, for example: aws s3api put-bucket-versioning --bucket ${bucket.name} --versioning-configuration Status=Enabled`,
      },
    );
  }
  if (state === 'suspended') {
    log.warn('versioning of the slave bucket is suspended: objects written now are overwritten in place', {
      bucket: bucket.name,
    });
  }
  await warnOfLifecycle(bucket, log);
}

/** Trap 11: such a rule destroys what snapshots name, without a word. */
async function warnOfLifecycle(bucket: CheckedBucket, log: Logger): Promise<void> {
  for (const rule of await bucket.lifecycleRules()) {
    if (!rule.enabled || !rule.expiresVersions) continue;
    log.warn('a lifecycle rule of the slave bucket expires versions that snapshots name', {
      bucket: bucket.name,
      rule: rule.id,
    });
  }
}
