/** What can be wrong with the snapshots themselves. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { BackupError } from '../errors.ts';
import { isEmptyPolicy, type RetentionPolicy } from '../retention/policy.ts';
import { acceptHint } from '../snapshots/accept.ts';
import type { SnapshotRepository } from '../snapshots/repository.ts';
import { newestThatCounts } from '../snapshots/newest.ts';
import { countingRows, seriesOf } from '../snapshots/series.ts';
import { lockNameOf } from '../snapshots/unfinished.ts';
import { fail, pass, warn, type Check } from './check.ts';

const hourMs = 3_600_000;

export interface SnapshotRules {
  policy: RetentionPolicy;
  minimumRedundancy: number;
  nowMs: number;
  /** An older newest snapshot is overdue; undefined: none ever is. */
  overdueHours: number | undefined;
}

export function checkRetention({ policy }: Pick<SnapshotRules, 'policy'>): Check[] {
  if (!isEmptyPolicy(policy)) return [pass('retention', 'There is a retention policy.')];
  const hint = 'Set RetentionPolicy in the configuration, for example to 30 (days).';
  return [
    warn('retention', 'There is no retention policy: every snapshot stays, and gc refuses to run.', hint),
  ];
}

export async function checkSnapshots(
  repository: SnapshotRepository,
  bucket: string,
  rules: SnapshotRules,
  signal: AbortSignal,
): Promise<Check[]> {
  const rows = repository.list(bucket);
  return [
    ...(await checkIndex(repository, signal)),
    ...checkRedundancy(rows, rules),
    ...checkNewest(rows, rules),
    ...(await checkBegun(repository, rows)),
  ];
}

/** Every manifest in the folder, and that the ranges are there that they name; their content is for `verify`. */
async function checkIndex(repository: SnapshotRepository, signal: AbortSignal): Promise<Check[]> {
  const damaged = new Map(repository.damaged.map(({ name, error }) => [name, error.message]));
  const present = new Set(await repository.ranges.list());
  const incomplete: string[] = [];
  const names = await repository.manifests.list();
  for (const name of names) {
    signal.throwIfAborted();
    if (damaged.has(name)) continue;
    try {
      const { ranges } = await repository.read(name);
      if (ranges.some((range) => !present.has(range.hash))) incomplete.push(name);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      damaged.set(name, error.message);
    }
  }
  const checks: Check[] = [];
  for (const message of damaged.values()) {
    checks.push(
      fail(
        'manifests',
        message,
        'Bring the file back from a copy of SnapshotsDir. gc refuses to run until then.',
      ),
    );
  }
  if (incomplete.length > 0) {
    const hint =
      'Bring the files of ranges/ back from a copy of SnapshotsDir; "verify" says which are missing. A snapshot with the same entries there writes them anew.';
    checks.push(
      fail('ranges', `Ranges are missing that these snapshots name: ${incomplete.join(', ')}.`, hint),
    );
  }
  if (checks.length === 0)
    checks.push(pass('manifests', `${names.length} manifests can be read, and their ranges are there.`));
  return checks;
}

/** In the series that covers most of the bucket. */
function checkRedundancy(rows: readonly SnapshotRow[], { minimumRedundancy, nowMs }: SnapshotRules): Check[] {
  const id = 'redundancy';
  const [broadest = []] = seriesOf(rows).sort((a, b) => prefixOf(a).length - prefixOf(b).length);
  const count = countingRows(broadest, nowMs).length;
  const whose = prefixOf(broadest) === '' ? 'the whole bucket' : `prefix "${prefixOf(broadest)}"`;
  const message = `${count} complete snapshots of ${whose}; MinimumRedundancy is ${minimumRedundancy}.`;
  if (count >= Math.max(1, minimumRedundancy)) return [pass(id, message)];
  return [warn(id, message, 'Take snapshots: "backup-my-bucket snapshot", from cron.')];
}

function prefixOf(series: readonly SnapshotRow[]): string {
  return series[0]?.prefix ?? '';
}

function checkNewest(rows: readonly SnapshotRow[], { nowMs, overdueHours }: SnapshotRules): Check[] {
  const newest = rows.at(-1);
  if (newest === undefined) return [];
  const hours = Math.floor((nowMs - Date.parse(newest.asOf)) / hourMs);
  const checks = [pass('newest-snapshot', `The newest snapshot, ${newest.name}, is ${hours} hours old.`)];
  const counting = newestThatCounts(rows, nowMs);
  const ageMs = counting === undefined ? Infinity : nowMs - Date.parse(counting.asOf);
  if (overdueHours !== undefined && ageMs > overdueHours * hourMs) {
    const which =
      counting === undefined
        ? 'There is no snapshot that counts'
        : `The newest snapshot that counts, ${counting.name}, is ${Math.floor(ageMs / hourMs)} hours old`;
    const message = `${which}; OverdueHours is ${overdueHours}.`;
    const hint = 'Look at the schedule and at the log of "backup-my-bucket snapshot"; then run it.';
    checks.splice(0, 1, fail('newest-snapshot', message, hint));
  }
  if (Date.parse(newest.asOf) > nowMs) {
    const hint = 'Check the clocks of this machine and of the server; it counts for nothing until then.';
    checks.push(warn('newest-future', `The newest snapshot, ${newest.name}, is dated in the future.`, hint));
  }
  if (newest.flags.length > 0) {
    const message = `The newest snapshot, ${newest.name}, is flagged (${newest.flags.join(', ')}): gc refuses to run.`;
    checks.push(warn('newest-flagged', message, acceptHint(newest)));
  }
  return checks;
}

/** What was begun and not ended. */
async function checkBegun(repository: SnapshotRepository, rows: readonly SnapshotRow[]): Promise<Check[]> {
  const checks: Check[] = [];
  const deleting = rows.filter((row) => row.state === 'deleting').map((row) => row.name);
  if (deleting.length > 0) {
    const message = `gc has begun to delete, and could not end with: ${deleting.join(', ')}.`;
    checks.push(
      warn('deleting', message, 'Run "backup-my-bucket gc"; it lists the versions that it may not delete.'),
    );
  }
  const unfinished = (await repository.unfinished.list())
    .map(({ intent }) => intent.snapshot)
    .filter((name) => !repository.isLocked(lockNameOf(name)));
  if (unfinished.length > 0) {
    const message = `Interrupted snapshots: ${unfinished.join(', ')}.`;
    checks.push(
      warn('unfinished', message, 'Go on with "snapshot --resume"; else the next gc clears them away.'),
    );
  }
  return checks;
}
