/** What must hold before master and slave change their roles. Looks only. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { checkArrival } from '../doctor/arrival.ts';
import type { DoctorBucket } from '../doctor/bucket.ts';
import { fail, fromError, pass, warn, whereAllowed, type Check } from '../doctor/check.ts';
import { newestThatCounts } from '../snapshots/newest.ts';

export interface RoleCheckOptions {
  direction: 'failover' | 'failback';
  /** As they are before. */
  master: DoctorBucket;
  slave: DoctorBucket;
  /** Of the present slave. */
  snapshots: readonly SnapshotRow[];
  nowMs: number;
  signal: AbortSignal;
}

export async function checkRoles(options: RoleCheckOptions): Promise<Check[]> {
  const { master, slave, signal } = options;
  const newMaster = await checkVersioned('new-master', slave, 'the new master', signal);
  const newSlave = await checkVersioned('new-slave', master, 'the new slave', signal);
  const checks = [newMaster, orWarning(newSlave), checkNewest(options)];
  if (newMaster.status === 'fail' || newSlave.status === 'fail') return checks;
  return [...checks, ...(await checkArrived(options))];
}

async function checkVersioned(
  id: string,
  bucket: DoctorBucket,
  role: string,
  signal: AbortSignal,
): Promise<Check & { isReached: boolean }> {
  try {
    await bucket.serverTimeMs({ signal });
    if ((await bucket.versioning({ signal })) === 'enabled')
      return { ...pass(id, `${bucket.name}, ${role}, can be listed, and is versioned.`), isReached: true };
    const message = `Versioning of ${bucket.name}, ${role}, is not on: what is written there would replace its history.`;
    const hint = `aws s3api put-bucket-versioning --bucket ${bucket.name} --versioning-configuration Status=Enabled`;
    return { ...fail(id, message, hint), isReached: true };
  } catch (error) {
    return { ...fromError(id, 'fail', error), isReached: false };
  }
}

/** A master that is gone is what failover is for; one that answers and is not versioned is not. */
function orWarning({ isReached, ...check }: Check & { isReached: boolean }): Check {
  if (isReached) return check;
  const hint = 'Until it is back no snapshot can be taken of it, nor anything be replicated to it.';
  return warn(check.id, `Not reached: ${check.message}`, hint);
}

function checkNewest({ direction, slave, snapshots, nowMs }: RoleCheckOptions): Check {
  const id = 'newest-snapshot';
  const newest = newestThatCounts(snapshots, nowMs);
  if (newest !== undefined)
    return pass(id, `The newest snapshot of ${slave.name} that counts is ${newest.name}.`);
  const message = `There is no snapshot of ${slave.name} that counts.`;
  if (direction === 'failback') return warn(id, message, 'Those that were taken before the failover stay.');
  return fail(id, message, 'Take one first, so that what is there now can be brought back.');
}

/** What is still on its way would be missing for everybody who works with the new master. */
async function checkArrived({ master, slave, nowMs, signal }: RoleCheckOptions): Promise<Check[]> {
  const id = 'replication-lag';
  const checks = await whereAllowed(id, () =>
    checkArrival(master, slave, { prefix: '', bySize: false, nowMs }, signal),
  );
  const isLate = ({ status, message }: Check): boolean =>
    status === 'warn' && !message.startsWith('Not checked');
  return checks.map((check) => (isLate(check) ? { ...check, status: 'fail' } : check));
}
