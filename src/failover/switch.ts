/** Use case: switches the roles of master and slave in the configuration file, or switches them back. */
import { whileHeld } from '../catalogue/while-held.ts';
import type { Clock } from '../clock.ts';
import type { Check } from '../doctor/check.ts';
import type { DoctorBucket } from '../doctor/bucket.ts';
import { BackupError } from '../errors.ts';
import type { Observer } from '../observer.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { checkRoles } from './checks.ts';

export interface SwitchOptions {
  direction: 'failover' | 'failback';
  set: string;
  /** When the roles were switched; undefined: they are as they were set up. */
  failedOver: string | undefined;
  dryRun: boolean;
  /** Although a check fails that only warns of losses. */
  force: boolean;
}

export interface SwitchDependencies {
  repository: SnapshotRepository;
  /** As they are before. */
  master: DoctorBucket;
  slave: DoctorBucket;
  /**
   * Changes the file, or with `dryRun` only finds out whether it can be changed; returns the path of the old file's copy.
   * @param mark what `FailedOver` is to say; undefined: the field goes
   */
  switchFile: (mark: string | undefined, dryRun: boolean) => Promise<string | null>;
  clock: Clock;
  observer: Observer;
  signal: AbortSignal;
}

export interface SwitchResult {
  set: string;
  /** As they are now; with `dryRun` as they would be. */
  master: string;
  slave: string;
  switched: boolean;
  dryRun: boolean;
  checks: Check[];
  /** A copy of the configuration file as it was before. */
  copy: string | null;
  nextSteps: string[];
}

/**
 * Alone with the snapshots, as no run may work with the old roles meanwhile.
 * @throws BackupError REFUSED where a check fails, or the roles are what is asked for already; LOCKED; CONFIG_INVALID where the
 * file cannot be written
 */
export async function switchRoles(options: SwitchOptions, given: SwitchDependencies): Promise<SwitchResult> {
  const { repository, clock } = given;
  refuseWhatIsDone(options, given);
  const lock = repository.lock('exclusive', options.direction);
  const { master, slave, signal, switchFile } = whileHeld(lock, given);
  try {
    const { direction, set, dryRun } = options;
    const nowMs = clock.nowMs();
    const snapshots = repository.list(slave.name);
    const checks = await checkRoles({ direction, master, slave, snapshots, nowMs, signal });
    if (!dryRun) refuseFailed(checks, options);
    signal.throwIfAborted();
    const mark = direction === 'failover' ? new Date(nowMs).toISOString() : undefined;
    const copy = await switchFile(mark, dryRun);
    const names = { master: slave.name, slave: master.name };
    return { set, ...names, switched: !dryRun, dryRun, checks, copy, nextSteps: nextSteps(direction, names) };
  } finally {
    lock.release();
  }
}

function refuseWhatIsDone(
  { direction, failedOver }: SwitchOptions,
  { master, slave }: SwitchDependencies,
): void {
  if (master.name === slave.name && master.endpoint === slave.endpoint) {
    throw new BackupError(
      'REFUSED',
      `${master.name} is master and slave in one: there are no roles to switch.`,
      {
        hint: 'Bring an earlier state back with "backup-my-bucket restore".',
      },
    );
  }
  if (direction === 'failover' && failedOver !== undefined) {
    throw new BackupError('REFUSED', `The roles have been switched since ${failedOver}.`, {
      hint: 'Return with "backup-my-bucket failback".',
    });
  }
  if (direction === 'failback' && failedOver === undefined) {
    throw new BackupError('REFUSED', 'The roles are as they were set up: the file has no FailedOver.', {
      hint: 'Switch them with "backup-my-bucket failover".',
    });
  }
}

/** The new master's check is about more than losses: without versioning, history is overwritten. */
const neverForced = new Set(['new-master', 'new-slave']);

function refuseFailed(checks: readonly Check[], { force }: SwitchOptions): void {
  const failed = checks.find(({ id, status }) => status === 'fail' && (!force || neverForced.has(id)));
  if (failed === undefined) return;
  const override = neverForced.has(failed.id) ? '' : ' Or go on all the same with --force.';
  throw new BackupError('REFUSED', failed.message, { hint: `${failed.hint ?? ''}${override}` });
}

function nextSteps(
  direction: SwitchOptions['direction'],
  { master, slave }: { master: string; slave: string },
): string[] {
  return [
    `Let everything that writes write to ${master} from now on, and nothing to ${slave} any more.`,
    `Switch off the replication rule from ${slave} to ${master}: what is still written there must not come over.`,
    `Set up a rule from ${master} to ${slave}, with DeleteMarkerReplication enabled; it brings over what is written from now on. Bring what was written before with S3 Batch Replication.`,
    'Run "backup-my-bucket doctor", then "backup-my-bucket snapshot": it is now a snapshot of ' + `${slave}.`,
    direction === 'failover'
      ? `Snapshots of ${master} stay, and gc leaves them alone: "list-snapshots --all-buckets" shows them, "restore" takes them by their whole names.`
      : `Snapshots of ${master} from the time of the failover stay; those of ${slave} are under the retention policy again: look at "gc --dry-run" before the next gc.`,
  ];
}
