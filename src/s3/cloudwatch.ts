/** Figures of runs as metrics of CloudWatch. Importing this loads its client, which only those need who ask for it. */
import { CloudWatchClient, PutMetricDataCommand, type MetricDatum } from '@aws-sdk/client-cloudwatch';

export interface CloudWatchMetric {
  name: string;
  value: number;
  unit: 'Seconds' | 'Count' | 'Bytes' | 'None';
}

export interface CloudWatchOptions {
  region: string;
  namespace: string;
  endpoint?: string | undefined;
  timeoutMs: number;
}

/**
 * Credentials come from the SDK's default chain; the permission is cloudwatch:PutMetricData.
 * @param timeMs when the figures were true
 * @throws what the SDK throws
 */
export async function putMetrics(
  metrics: readonly CloudWatchMetric[],
  dimensions: Readonly<Record<string, string>>,
  timeMs: number,
  { region, namespace, endpoint, timeoutMs }: CloudWatchOptions,
): Promise<void> {
  const client = new CloudWatchClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 3,
  });
  try {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const MetricData = metrics.map(({ name, value, unit }): MetricDatum => {
      return { MetricName: name, Value: value, Unit: unit, Dimensions, Timestamp: new Date(timeMs) };
    });
    await client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }), {
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
  } finally {
    client.destroy();
  }
}
