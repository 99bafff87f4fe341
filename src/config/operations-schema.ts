/** The form of `Notifications` and `Metrics`. */
import { z } from 'zod';
import { endpoint, folder, region, wholeNumber } from './field-schemas.ts';

const urlExpected = 'a URL that begins with https:// or http://';
const eventsExpected = 'a list of "failure", "success" and "overdue"';
const formatExpected = 'the word "json", "slack" or "teams"';

const webhook = z.strictObject(
  {
    Url: z.string(urlExpected).refine(isWebUrl, urlExpected),
    Format: z.enum(['json', 'slack', 'teams'], formatExpected).optional(),
    On: z
      .array(z.enum(['failure', 'success', 'overdue'], eventsExpected), eventsExpected)
      .min(1, eventsExpected)
      .optional(),
  },
  'an object with Url, Format and On',
);

export const notifications = z.strictObject(
  {
    Webhooks: z.array(webhook, 'a list of webhooks').min(1, 'a list of at least one webhook'),
    OverdueHours: wholeNumber('a whole number of hours, 1 or more', 1).optional(),
  },
  'an object with Webhooks and OverdueHours',
);

const namespaceExpected = 'a namespace of letters, digits, ".", "-", "_", "/", "#" and ":", at most 255';

const cloudWatch = z.strictObject(
  {
    // As CloudWatch's API reference has it for PutMetricData; what begins with AWS/ is Amazon's.
    Namespace: z
      .string(namespaceExpected)
      .regex(/^(?!AWS\/)[A-Za-z0-9._/#:-]{1,255}$/, namespaceExpected)
      .optional(),
    Region: region,
    Endpoint: endpoint,
  },
  'an object with Region, Namespace and Endpoint',
);

export const metrics = z
  .strictObject(
    { TextfileDir: folder.optional(), CloudWatch: cloudWatch.optional() },
    'an object with TextfileDir and CloudWatch',
  )
  .refine(
    ({ TextfileDir, CloudWatch }) => TextfileDir !== undefined || CloudWatch !== undefined,
    'TextfileDir, CloudWatch or both',
  );

export type NotificationsFields = z.infer<typeof notifications>;
export type MetricsFields = z.infer<typeof metrics>;

export const operationsFieldNames = {
  notifications: Object.keys(notifications.shape),
  webhook: Object.keys(webhook.shape),
  metrics: Object.keys(metrics.shape),
  cloudWatch: Object.keys(cloudWatch.shape),
};

function isWebUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && !/\s/.test(value) && URL.canParse(value);
}
