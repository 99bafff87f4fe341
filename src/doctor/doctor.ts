/** Use case: looks for what would make backup or restore fail, or lose what they should keep. It changes nothing in the buckets. */
import type { Clock } from '../clock.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import type { DoctorBucket } from './bucket.ts';
import { fromError, pass, warn, type Check } from './check.ts';
import { checkConfigFile, checkSnapshotsDir } from './machine.ts';
import { checkMaster, reachMaster } from './master.ts';
import { checkSlave } from './slave.ts';
import { checkRetention, checkSnapshots } from './snapshots.ts';

export type { Check } from './check.ts';

export interface Diagnosis {
  /** No check failed. */
  ok: boolean;
  checks: Check[];
}

export interface DoctorOptions {
  configPath: string;
  configHoldsSecrets: boolean;
  snapshotsDir: string;
  policy: RetentionPolicy;
  minimumRedundancy: number;
  /** Since when the roles are switched. */
  failedOver: string | undefined;
  /** Of Notifications. */
  overdueHours: number | undefined;
}

export interface DoctorDependencies {
  master: DoctorBucket;
  slave: DoctorBucket;
  /** Runs `work` with the repository; throws where it cannot be opened. */
  withRepository: (work: (repository: SnapshotRepository) => Promise<Check[]>) => Promise<Check[]>;
  clock: Clock;
  signal: AbortSignal;
}

/** What cannot be reached or read is a check that fails, never an error; only the user's interrupt is thrown. */
export async function diagnose(options: DoctorOptions, dependencies: DoctorDependencies): Promise<Diagnosis> {
  const { master, slave, clock, signal } = dependencies;
  // Side by side: a server that is not there takes its time to say so.
  const [onSlave, masterReached] = await Promise.all([
    checkSlave(slave, () => clock.nowMs(), signal),
    reachMaster(master, slave, signal),
  ]);
  const folder = await checkSnapshotsDir(options.snapshotsDir);
  const nowMs = onSlave.serverMs ?? clock.nowMs();
  const checks = [
    ...(await checkConfigFile(options.configPath, options.configHoldsSecrets, process.getuid?.())),
    ...folder.checks,
    ...(folder.exists ? await checkRepository({ ...options, nowMs }, dependencies) : []),
    ...checkRetention(options),
    ...checkFailedOver(options),
    ...onSlave.checks,
    ...(await checkMaster(master, slave, masterReached, onSlave.serverMs, signal)),
  ];
  return { ok: checks.every((check) => check.status !== 'fail'), checks };
}

async function checkRepository(
  rules: DoctorOptions & { nowMs: number },
  { withRepository, slave, signal }: DoctorDependencies,
): Promise<Check[]> {
  try {
    return await withRepository(async (repository) => [
      pass('catalogue', 'The catalogue can be read.'),
      ...(await checkSnapshots(repository, slave.name, rules, signal)),
    ]);
  } catch (error) {
    return [fromError('catalogue', 'fail', error)];
  }
}

/** So that nobody forgets it. */
function checkFailedOver({ failedOver }: DoctorOptions): Check[] {
  if (failedOver === undefined) return [];
  const message = `Master and slave have switched their roles since ${failedOver}.`;
  return [
    warn('failed-over', message, 'Return with "backup-my-bucket failback" once the old master is well.'),
  ];
}
