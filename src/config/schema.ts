/**
 * The form of the configuration file. Each schema's error text says what is expected there; problems.ts makes sentences of them.
 * An empty text counts as left out where a field is optional: the file that comes with the program is a form to fill in.
 */
import { z } from 'zod';
import { accessKey, bucket, endpoint, folder, name, region } from './field-schemas.ts';
import { secretKey, wholeNumber, yesOrNo } from './field-schemas.ts';
import { metrics, notifications, operationsFieldNames } from './operations-schema.ts';
import { site } from './sites-schema.ts';

const maxConcurrency = 10_000;

const days = wholeNumber('a whole number of days, 0 or more');
const count = wholeNumber('a whole number, 0 or more').optional();

const tagExpected = 'a tag: K, or K=V';
const tagsExpected = 'a list of tags, each K or K=V';

const retentionPolicy = z.strictObject({
  KeepLast: count,
  KeepWithinDays: days.optional(),
  KeepHourly: count,
  KeepDaily: count,
  KeepWeekly: count,
  KeepMonthly: count,
  KeepYearly: count,
  KeepTags: z.array(z.string(tagExpected).regex(/^[^=]+(?:=.*)?$/s, tagExpected), tagsExpected).optional(),
});

const backupSet = z.strictObject(
  {
    Name: name.optional(),
    SnapshotsDir: folder,
    CompressSnapshots: yesOrNo,
    MinimumRedundancy: count,
    RetentionPolicy: z
      .union(
        [days, retentionPolicy],
        'a whole number of days, or an object of rules such as {"KeepWithinDays": 7}',
      )
      .optional(),
    MasterBucket: bucket,
    MasterRegion: region,
    MasterEndpoint: endpoint,
    SlaveBucket: bucket,
    SlaveRegion: region,
    SlaveEndpoint: endpoint,
    ForcePathStyle: yesOrNo,
    AccessKey: accessKey,
    SecretKey: secretKey,
    SlaveAccessKey: accessKey,
    SlaveSecretKey: secretKey,
    FailedOver: z.iso.datetime('a time that failover has written, such as 2026-11-21T04:00:00Z').optional(),
  },
  'an object with SnapshotsDir, MasterBucket, SlaveBucket and so on',
);

const facilities = 'user daemon local0 local1 local2 local3 local4 local5 local6 local7'.split(' ');
const tagTextExpected = 'a tag of letters, digits, ".", "_" and "-", at most 32';
const portExpected = 'a port, 1 to 65535';
const protocolExpected = 'the word "unix" (a local socket), or "udp", "tcp" or "tls" (a host)';
// Longer paths do not fit into a socket address.
const pathExpected = 'the absolute path of a unix datagram socket, such as /dev/log, at most 107 characters';
const hostExpected = 'the name or address of a host';
const caFileExpected = 'the path of a file with certificates (PEM)';

const syslog = z.strictObject({
  Facility: z.enum(facilities, `one of ${facilities.join(', ')}`).optional(),
  Tag: z
    .string(tagTextExpected)
    .regex(/^[A-Za-z0-9._-]{1,32}$/, tagTextExpected)
    .optional(),
  Protocol: z.enum(['unix', 'udp', 'tcp', 'tls'], protocolExpected).optional(),
  Path: z
    .string(pathExpected)
    .regex(/^\/[\x21-\x7e]{1,106}$/, pathExpected)
    .optional(),
  Host: z
    .string(hostExpected)
    .regex(/^[A-Za-z0-9._:-]+$/, hostExpected)
    .optional(),
  Port: z.int(portExpected).min(1, portExpected).max(65_535, portExpected).optional(),
  CaFile: z
    .string(caFileExpected)
    .regex(/^[^\0]+$/, caFileExpected)
    .optional(),
});

const concurrencyExpected = `a whole number, 1 to ${maxConcurrency}`;
const logLevelExpected = '0 (quiet), 1 (info) or 2 (debug)';

export const configFile = z.strictObject(
  {
    LogLevel: z.literal([0, 1, 2], logLevelExpected).optional(),
    AwsLogLevel: z.literal([0, 1], '0 (quiet) or 1 (debug)').optional(),
    Syslog: z
      .union(
        [z.boolean(), syslog],
        'true, false, or an object with Facility, Tag, Protocol, Path, Host, Port, CaFile',
      )
      .optional(),
    Concurrency: z
      .int(concurrencyExpected)
      .min(1, concurrencyExpected)
      .max(maxConcurrency, concurrencyExpected)
      .optional(),
    BackupSet: backupSet.optional(),
    BackupSets: z
      .array(backupSet, 'a list of backup sets')
      .min(1, 'a list of at least one backup set')
      .optional(),
    Notifications: notifications.optional(),
    Metrics: metrics.optional(),
    StateDir: folder.optional(),
    Sites: z.array(site, 'a list of sites').min(1, 'a list of at least one site').optional(),
  },
  'an object',
);

export type ConfigFile = z.infer<typeof configFile>;
export type BackupSetFields = z.infer<typeof backupSet>;
export type RetentionFields = z.infer<typeof retentionPolicy>;
export type SyslogFields = z.infer<typeof syslog>;

/** The names of the fields, by where they stand. */
export const fieldNames = {
  top: Object.keys(configFile.shape),
  backupSet: Object.keys(backupSet.shape),
  site: Object.keys(site.shape),
  retentionPolicy: Object.keys(retentionPolicy.shape),
  syslog: Object.keys(syslog.shape),
  ...operationsFieldNames,
};

/** Every name that is a field somewhere. */
export const knownNames: ReadonlySet<string> = new Set(Object.values(fieldNames).flat());
