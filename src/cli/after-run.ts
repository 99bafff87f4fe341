/** What follows a run that changes or checks something: its figures are left for monitoring, and those are told who want to know. */
import { hostname } from 'node:os';
import type { Clock } from '../clock.ts';
import type { BackupSet, Config } from '../config/config.ts';
import { secretsOf } from '../config/index.ts';
import { errorText } from '../log/error-text.ts';
import type { Logger } from '../log/logger.ts';
import { redact } from '../log/redact.ts';
import { feederCommands, type RunOutcome, type SetState } from '../run-outcome.ts';

export interface AfterRun {
  config: Config;
  clock: Clock;
  log: Logger;
}

/** Nothing that goes wrong here changes how the run ended: the log says it. */
export async function afterRun(
  outcomes: readonly RunOutcome[],
  { config, clock, log }: AfterRun,
): Promise<void> {
  const { metrics, notifications } = config;
  if (metrics === undefined && notifications === undefined) return;
  const { notify } = await import('../notify/notify.ts');
  const { recordMetrics } = await import('../metrics/record.ts');
  for (const outcome of outcomes) {
    const isOfSet = !feederCommands.has(outcome.command);
    const set = config.sets.find(({ name }) => isOfSet && name === outcome.set);
    const state = set && (await stateOf(set, clock, log));
    if (metrics !== undefined) await recordMetrics(metrics, outcome, state, log);
    if (notifications === undefined) continue;
    const secrets = secretsOf(config);
    const dependencies = { clock, log, host: hostname(), redact: (text: string) => redact(text, secrets) };
    await notify(notifications, outcome, state, dependencies);
  }
}

/** Undefined where the snapshots cannot be read. */
async function stateOf(set: BackupSet, clock: Clock, log: Logger): Promise<SetState | undefined> {
  const { name, snapshotsDir, compressSnapshots: compress, slave } = set;
  const { SnapshotRepository } = await import('../snapshots/repository.ts');
  const { newestThatCounts } = await import('../snapshots/newest.ts');
  try {
    const repository = await SnapshotRepository.open({ snapshotsDir, compress, clock, log });
    try {
      const complete = repository.list(slave.bucket).filter(({ state }) => state === 'complete');
      const newest = newestThatCounts(complete, clock.nowMs());
      return {
        set: name,
        snapshots: complete.length,
        newest: newest && {
          snapshot: newest.name,
          asOfMs: Date.parse(newest.asOf),
          keys: newest.keys,
          bytes: newest.bytes,
        },
      };
    } finally {
      repository.close();
    }
  } catch (error) {
    log.debug('the snapshots cannot be read after the run', { set: name, reason: errorText(error) });
    return undefined;
  }
}
