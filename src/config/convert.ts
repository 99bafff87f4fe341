/** From the checked fields of the file to the configuration as the program uses it. */
import { dirname, resolve } from 'node:path';
import type { BackupSet, Config, LogLevel } from './config.ts';
import type { RetentionPolicy, SyslogSettings } from './config.ts';
import { convertMetrics, convertNotifications } from './convert-operations.ts';
import { convertSite } from './convert-site.ts';
import { credentialsOf, locationOf } from './convert-location.ts';
import type { BackupSetFields, ConfigFile, RetentionFields, SyslogFields } from './schema.ts';

/** Where a field is left out, the program does what its example file says. */
const defaults = {
  logLevel: 1,
  concurrency: 64,
  compressSnapshots: true,
  minimumRedundancy: 2,
  setName: 'default',
  facility: 'local0',
  tag: 'backup-my-bucket',
  syslogPath: '/dev/log',
  /** RFC 5426 for UDP, custom for TCP, RFC 5425 for TLS. */
  syslogPorts: { udp: 514, tcp: 514, tls: 6514 },
  stateDir: '/var/lib/backup-my-bucket',
} as const;

const logLevels: Record<0 | 1 | 2, LogLevel> = { 0: 'quiet', 1: 'info', 2: 'debug' };

/** `path` is the absolute path of the file: a relative SnapshotsDir is relative to it. */
export function convertConfig(fields: ConfigFile, path: string): Config {
  const sets = fields.BackupSets ?? (fields.BackupSet === undefined ? [] : [fields.BackupSet]);
  const folder = dirname(path);
  const stateDir = fields.StateDir ?? sets[0]?.SnapshotsDir ?? defaults.stateDir;
  return {
    path,
    logLevel: logLevels[fields.LogLevel ?? defaults.logLevel],
    awsLogLevel: fields.AwsLogLevel === 1 ? 'debug' : 'quiet',
    syslog: convertSyslog(fields.Syslog ?? false, dirname(path)),
    concurrency: fields.Concurrency ?? defaults.concurrency,
    sets: sets.map((set) => convertSet(set, folder)),
    sites: (fields.Sites ?? []).map((site) => convertSite(site, folder)),
    stateDir: resolve(folder, stateDir),
    notifications: convertNotifications(fields.Notifications),
    metrics: convertMetrics(fields.Metrics, folder),
  };
}

function convertSyslog(fields: boolean | SyslogFields, folder: string): SyslogSettings | undefined {
  if (fields === false) return undefined;
  const { Facility, Tag, Protocol, Host, Port, Path, CaFile } = fields === true ? {} : fields;
  const labels = { facility: Facility ?? defaults.facility, tag: Tag ?? defaults.tag };
  if (Host === undefined) return { ...labels, protocol: 'unix', path: Path ?? defaults.syslogPath };
  // agreement.ts has refused `unix` beside a host.
  const protocol = Protocol === undefined || Protocol === 'unix' ? 'udp' : Protocol;
  const port = Port ?? defaults.syslogPorts[protocol];
  return { ...labels, protocol, host: Host, port, ...(CaFile && { caFile: resolve(folder, CaFile) }) };
}

function convertSet(fields: BackupSetFields, folder: string): BackupSet {
  const own = credentialsOf(fields.AccessKey, fields.SecretKey);
  const slaveOwn = credentialsOf(fields.SlaveAccessKey, fields.SlaveSecretKey);
  return {
    name: fields.Name ?? defaults.setName,
    snapshotsDir: resolve(folder, fields.SnapshotsDir),
    compressSnapshots: fields.CompressSnapshots ?? defaults.compressSnapshots,
    minimumRedundancy: fields.MinimumRedundancy ?? defaults.minimumRedundancy,
    retentionPolicy: convertPolicy(fields.RetentionPolicy ?? {}),
    ...(fields.FailedOver !== undefined && { failedOver: fields.FailedOver }),
    master: locationOf(
      fields.MasterBucket,
      fields.MasterRegion,
      fields.MasterEndpoint,
      fields.ForcePathStyle,
      own,
    ),
    slave: locationOf(
      fields.SlaveBucket,
      fields.SlaveRegion,
      fields.SlaveEndpoint,
      fields.ForcePathStyle,
      slaveOwn ?? own,
    ),
  };
}

/** A rule of 0 is as one left out. */
function convertPolicy(fields: number | RetentionFields): RetentionPolicy {
  const rules = typeof fields === 'number' ? { KeepWithinDays: fields } : fields;
  const policy: RetentionPolicy = {};
  if (rules.KeepLast) policy.keepLast = rules.KeepLast;
  if (rules.KeepWithinDays) policy.keepWithinDays = rules.KeepWithinDays;
  if (rules.KeepHourly) policy.keepHourly = rules.KeepHourly;
  if (rules.KeepDaily) policy.keepDaily = rules.KeepDaily;
  if (rules.KeepWeekly) policy.keepWeekly = rules.KeepWeekly;
  if (rules.KeepMonthly) policy.keepMonthly = rules.KeepMonthly;
  if (rules.KeepYearly) policy.keepYearly = rules.KeepYearly;
  if (rules.KeepTags !== undefined && rules.KeepTags.length > 0) policy.keepTags = rules.KeepTags;
  return policy;
}
