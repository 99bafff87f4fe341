/** From the checked fields of `Notifications` and `Metrics` to what the program uses. */
import { resolve } from 'node:path';
import type { Metrics, Notifications } from './operations.ts';
import type { MetricsFields, NotificationsFields } from './operations-schema.ts';

const defaultNamespace = 'backup-my-bucket';

export function convertNotifications(fields: NotificationsFields | undefined): Notifications | undefined {
  return (
    fields && {
      webhooks: fields.Webhooks.map(({ Url, Format, On }) => ({
        url: Url,
        format: Format ?? 'json',
        on: On ?? ['failure', 'overdue'],
      })),
      overdueHours: fields.OverdueHours,
    }
  );
}

/** @param folder of the file: a relative TextfileDir is relative to it */
export function convertMetrics(fields: MetricsFields | undefined, folder: string): Metrics | undefined {
  if (fields === undefined) return undefined;
  const { TextfileDir, CloudWatch } = fields;
  return {
    textfileDir: TextfileDir === undefined ? undefined : resolve(folder, TextfileDir),
    cloudWatch: CloudWatch && {
      namespace: CloudWatch.Namespace ?? defaultNamespace,
      region: CloudWatch.Region,
      endpoint: CloudWatch.Endpoint,
    },
  };
}
