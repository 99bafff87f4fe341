/** Use case: leaves the figures of a run where monitoring finds them. Never throws, and changes no exit code. */
import type { Metrics } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import { errorText } from '../log/error-text.ts';
import type { RunOutcome, SetState } from '../run-outcome.ts';
import type { CloudWatchMetric } from '../s3/cloudwatch.ts';
import { cloudMetricsOf, queueMetricsOf } from './cloud-metrics.ts';
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
  const dimensions = { Set: set, Command: command };
  await sendToCloudWatch(cloudWatch, cloudMetricsOf(outcome, state), dimensions, outcome.endedMs, log);
}

/** The same of a watch that goes on. */
export async function recordQueue(
  { cloudWatch }: Metrics,
  figures: { site: string; queue: number; inFlight: number },
  nowMs: number,
  log: Logger,
): Promise<void> {
  const dimensions = { Set: figures.site, Command: 'watch' };
  await sendToCloudWatch(cloudWatch, queueMetricsOf(figures), dimensions, nowMs, log);
}

async function sendToCloudWatch(
  cloudWatch: Metrics['cloudWatch'],
  metrics: readonly CloudWatchMetric[],
  dimensions: { Set: string; Command: string },
  timeMs: number,
  log: Logger,
): Promise<void> {
  if (cloudWatch === undefined) return;
  await warningOf(log, 'metrics were not sent to CloudWatch', { set: dimensions.Set }, async () => {
    const { putMetrics } = await import('../s3/cloudwatch.ts');
    await putMetrics(metrics, dimensions, timeMs, { ...cloudWatch, timeoutMs: cloudWatchTimeoutMs });
  });
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
