/** Who is told of runs, and where their figures go. The file's form is in operations-schema.ts. */

/** What a message is about. `overdue`: the newest snapshot is too old. */
export type NotificationEvent = 'failure' | 'success' | 'overdue';
export type WebhookFormat = 'json' | 'slack' | 'teams';

export interface Webhook {
  /** A secret as a whole: whoever has it can post. */
  url: string;
  format: WebhookFormat;
  on: NotificationEvent[];
}

export interface Notifications {
  webhooks: Webhook[];
  /** A newest snapshot that is older is overdue; undefined: none ever is. */
  overdueHours: number | undefined;
}

export interface Metrics {
  /** Absolute; for node_exporter's textfile collector. */
  textfileDir: string | undefined;
  cloudWatch: CloudWatchTarget | undefined;
}

export interface CloudWatchTarget {
  namespace: string;
  region: string;
  /** URL of another service that speaks its protocol. */
  endpoint: string | undefined;
}
