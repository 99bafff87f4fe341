/** Says aloud which lifecycle rules delete versions on their own: what they take, no snapshot can give back (trap 11). */
import { BackupError } from '../errors.ts';
import type { GcDependencies } from './options.ts';

/** Looking needs a permission that deleting does not: gc runs without it, and says so. */
export async function warnOfLifecycle({ bucket, observer, signal }: GcDependencies): Promise<void> {
  const { log } = observer;
  try {
    for (const rule of await bucket.lifecycleRules({ signal })) {
      if (!rule.enabled || !rule.expiresVersions) continue;
      log.warn('a lifecycle rule of the slave bucket expires versions that snapshots name', {
        bucket: bucket.name,
        rule: rule.id,
        hint: 'Remove NoncurrentVersionExpiration from it: gc deletes what no snapshot needs.',
      });
    }
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'ACCESS_DENIED') throw error;
    log.warn(
      'the lifecycle rules of the slave bucket cannot be read: whether one expires what snapshots name is unknown',
      {
        bucket: bucket.name,
      },
    );
  }
}
