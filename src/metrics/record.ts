/** Use case: leaves the figures of a run where monitoring finds them. Never throws, and changes no exit code. */
import type { Metrics } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import { errorText } from '../log/error-text.ts';
import type { RunOutcome, SetState } from '../run-outcome.ts';
import { cloudMetricsOf } from './cloud-metrics.ts';
import { writeRunFile, writeSetFile } from './textfile.ts';

const cloudWatchTimeoutMs = 15_000;

/** @param state undefined where the snapshots of the set cannot be read */
export async function recordMetrics(
  { textfileDir, cloudWatch }: Metrics,
  outcome: RunOutcome,
  state: SetState | undefined,
  log: Logger,
): Promise<void> {
  const { command, set } = outcome;
  if (textfileDir !== undefined) {
    await warningOf(log, 'metrics were not written', { folder: textfileDir, set }, async () => {
      await writeRunFile(textfileDir, outcome);
      if (state !== undefined) await writeSetFile(textfileDir, state);
    });
  }
  if (cloudWatch !== undefined) {
    await warningOf(log, 'metrics were not sent to CloudWatch', { set }, async () => {
      const { putMetrics } = await import('../s3/cloudwatch.ts');
      const options = { ...cloudWatch, timeoutMs: cloudWatchTimeoutMs };
      await putMetrics(
        cloudMetricsOf(outcome, state),
        { Set: set, Command: command },
        outcome.endedMs,
        options,
      );
    });
  }
}

async function warningOf(
  log: Logger,
  message: string,
  fields: Record<string, string>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn(message, { ...fields, reason: errorText(error) });
  }
}
