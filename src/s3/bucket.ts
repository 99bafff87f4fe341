/** What there is to know about a bucket as a whole. */
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import type { LifecycleRule as SdkLifecycleRule, S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../errors.ts';
import { lookAtAnswers } from './answer.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { endpointName } from './endpoint-name.ts';
import { mapS3Errors, s3ErrorName } from './errors.ts';

export type { CallOptions } from './call-options.ts';
export type { ListVersionsOptions } from './list-versions.ts';

export type VersioningState = 'enabled' | 'suspended' | 'off';

/** What of a lifecycle rule matters to versions that snapshots name (trap 11). */
export interface LifecycleRule {
  id: string;
  enabled: boolean;
  /** The keys it applies to begin with this; empty: all. Filters by tag or size may narrow it further. */
  prefix: string;
  /** Deletes noncurrent versions for good. */
  expiresVersions: boolean;
  /** Puts a delete marker on current versions, and replaces `null` versions where versioning is suspended. */
  expiresCurrent: boolean;
  /** Versions live this long after they became noncurrent, where `expiresVersions`. */
  noncurrentDays?: number;
}

/** Throws BUCKET_MISSING, ACCESS_DENIED (s3:GetBucketVersioning) and what every request may throw. */
export async function bucketVersioning(
  client: S3Client,
  bucket: string,
  options: CallOptions = {},
): Promise<VersioningState> {
  const answer = await mapS3Errors({ client, bucket, operation: 'GetBucketVersioning' }, options.signal, () =>
    client.send(new GetBucketVersioningCommand({ Bucket: bucket }), abortable(options)),
  );
  if (answer.Status === 'Enabled') return 'enabled';
  return answer.Status === 'Suspended' ? 'suspended' : 'off';
}

/** A bucket that exists but may not be looked at is an ACCESS_DENIED error, not a `false`. */
export async function bucketExists(
  client: S3Client,
  bucket: string,
  options: CallOptions = {},
): Promise<boolean> {
  try {
    await mapS3Errors({ client, bucket, operation: 'HeadBucket' }, options.signal, () =>
      client.send(new HeadBucketCommand({ Bucket: bucket }), abortable(options)),
    );
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'BUCKET_MISSING') return false;
    throw error;
  }
}

/**
 * The server's clock in milliseconds since the epoch, whole seconds, from the `Date` header of its answer: the local clock may
 * be off (trap 4). Asks for one listed version, so that it needs no permission that a listing does not need.
 */
export async function serverTime(
  client: S3Client,
  bucket: string,
  options: CallOptions = {},
): Promise<number> {
  let date: string | undefined;
  const command = new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1, EncodingType: 'url' });
  lookAtAnswers(command, (answer) => {
    date = answer.headers['date'];
  });
  await mapS3Errors({ client, bucket, operation: 'ListObjectVersions' }, options.signal, () =>
    client.send(command, abortable(options)),
  );
  const timeMs = Date.parse(date ?? '');
  if (Number.isNaN(timeMs)) {
    throw new BackupError(
      'S3_FAILED',
      `${endpointName(client)} answered without a readable Date header (${date ?? 'none'}), so the moment of a snapshot is unknown`,
      { hint: 'Check for a proxy between here and the store that removes the Date header.' },
    );
  }
  return timeMs;
}

/** The bucket's lifecycle rules, none where it has none (trap 11). Needs s3:GetLifecycleConfiguration. */
export async function lifecycleRules(
  client: S3Client,
  bucket: string,
  options: CallOptions = {},
): Promise<LifecycleRule[]> {
  try {
    const answer = await mapS3Errors(
      { client, bucket, operation: 'GetBucketLifecycleConfiguration' },
      options.signal,
      () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), abortable(options)),
    );
    return (answer.Rules ?? []).map(toLifecycleRule);
  } catch (error) {
    if (s3ErrorName(error) === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}

function toLifecycleRule(rule: SdkLifecycleRule): LifecycleRule {
  const noncurrentDays = rule.NoncurrentVersionExpiration?.NoncurrentDays;
  return {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    // The empty string last: `Prefix` outside of the filter is the old form, and `And` holds it beside tags.
    prefix: rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? legacyPrefix(rule),
    expiresVersions: rule.NoncurrentVersionExpiration !== undefined,
    expiresCurrent: rule.Expiration?.Days !== undefined || rule.Expiration?.Date !== undefined,
    ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
  };
}

function legacyPrefix(rule: SdkLifecycleRule): string {
  return (rule as { Prefix?: string }).Prefix ?? '';
}
