/** The configuration as the program uses it: checked, defaulted, in the program's own words. The file's form is in schema.ts. */
import type { BucketLocation } from './location.ts';
import type { Metrics, Notifications } from './operations.ts';
import type { Site } from './site.ts';

export type * from './location.ts';
export type * from './operations.ts';
export type * from './site.ts';

/** `quiet`: warnings and errors only. */
export type LogLevel = 'quiet' | 'info' | 'debug';

export interface Config {
  /** Absolute path of the file. */
  path: string;
  logLevel: LogLevel;
  /** `debug`: a debug line for each S3 request. */
  awsLogLevel: 'quiet' | 'debug';
  /** Absent: the log goes to stderr. */
  syslog: SyslogSettings | undefined;
  /** Requests in flight at most. */
  concurrency: number;
  /** In the file's order; names and snapshot directories are unique. Empty only where there are sites. */
  sets: BackupSet[];
  /** In the file's order; names are unique, and what they write in a bucket does not overlap. */
  sites: Site[];
  /** Absolute. Where `sync` and `watch` remember what they have seen. */
  stateDir: string;
  /** Absent: nobody is told. */
  notifications: Notifications | undefined;
  metrics: Metrics | undefined;
}

export type SyslogSettings = LocalSyslog | RemoteSyslog;

interface SyslogLabels {
  /** `local0` … `local7`, `user` or `daemon`. */
  facility: string;
  tag: string;
}

/** A unix datagram socket, such as `/dev/log`. */
export interface LocalSyslog extends SyslogLabels {
  protocol: 'unix';
  path: string;
}

export interface RemoteSyslog extends SyslogLabels {
  protocol: 'udp' | 'tcp' | 'tls';
  host: string;
  port: number;
  /** Absolute; with `tls` only. Absent: the authorities that Node.js trusts. */
  caFile?: string;
}

export interface BackupSet {
  /** `default` where the file has one set without a name. */
  name: string;
  /** Absolute. Belongs to this set alone. */
  snapshotsDir: string;
  compressSnapshots: boolean;
  minimumRedundancy: number;
  /** Empty: every snapshot is kept. */
  retentionPolicy: RetentionPolicy;
  master: BucketLocation;
  slave: BucketLocation;
  /** Since when their roles are switched (ISO 8601); absent: they are as they were set up. */
  failedOver?: string;
}

/** A field that is absent, or was 0 in the file, keeps nothing by itself. */
export interface RetentionPolicy {
  keepLast?: number;
  keepWithinDays?: number;
  keepHourly?: number;
  keepDaily?: number;
  keepWeekly?: number;
  keepMonthly?: number;
  keepYearly?: number;
  /** Each `K` or `K=V`. */
  keepTags?: string[];
}

/** Every secret that the configuration holds, for the log to mask. */
export function secretsOf(config: Config): string[] {
  const locations = [
    ...config.sets.flatMap((set) => [set.master, set.slave]),
    ...config.sites.map((site) => site.destination.location),
    ...config.sites.flatMap(({ source }) => (source.kind === 'bucket' ? [source.location] : [])),
  ];
  const secrets = locations.flatMap(({ credentials }) => credentials?.secretAccessKey ?? []);
  return [...new Set([...secrets, ...webhookSecrets(config)])];
}

/** A webhook's URL lets whoever has it post: what of it may turn up by itself is its path, too. */
function webhookSecrets({ notifications }: Config): string[] {
  return (notifications?.webhooks ?? []).flatMap(({ url }) => {
    const { href, pathname, search } = new URL(url);
    return [url, href, ...[pathname + search].filter((path) => path.length > 8)];
  });
}
