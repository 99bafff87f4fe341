/** Which figures of a run go to CloudWatch: few, as each is billed. */
import type { RunOutcome, SetState } from '../run-outcome.ts';
import type { CloudWatchMetric } from '../s3/cloudwatch.ts';

export function cloudMetricsOf(
  { startedMs, endedMs, exitCode, figures }: RunOutcome,
  state: SetState | undefined,
): CloudWatchMetric[] {
  const { newest, snapshots } = state ?? {};
  return [
    { name: 'Duration', value: (endedMs - startedMs) / 1000, unit: 'Seconds' },
    { name: 'ExitCode', value: exitCode, unit: 'None' },
    { name: 'Failures', value: exitCode === 0 ? 0 : 1, unit: 'Count' },
    ...(snapshots === undefined ? [] : [{ name: 'Snapshots', value: snapshots, unit: 'Count' as const }]),
    ...(newest === undefined
      ? []
      : ([
          { name: 'SnapshotAge', value: (endedMs - newest.asOfMs) / 1000, unit: 'Seconds' },
          { name: 'Keys', value: newest.keys, unit: 'Count' },
          { name: 'Bytes', value: newest.bytes, unit: 'Bytes' },
        ] as const)),
    ...ofFeeder(figures),
  ];
}

/** What a sync of a site has brought, and what it could not. */
function ofFeeder({ uploaded, failed, bytes }: RunOutcome['figures']): CloudWatchMetric[] {
  if (uploaded === undefined) return [];
  return [
    { name: 'Uploaded', value: uploaded, unit: 'Count' },
    { name: 'UploadedBytes', value: bytes ?? 0, unit: 'Bytes' },
    { name: 'NotBrought', value: failed ?? 0, unit: 'Count' },
  ];
}

/** How much a watch has before it. */
export function queueMetricsOf({ queue, inFlight }: { queue: number; inFlight: number }): CloudWatchMetric[] {
  return [
    { name: 'Queue', value: queue, unit: 'Count' },
    { name: 'InFlight', value: inFlight, unit: 'Count' },
  ];
}
