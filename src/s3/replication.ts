/** The replication rules of a bucket (trap 9): what of the master reaches the slave by S3's own doing. */
import { GetBucketReplicationCommand } from '@aws-sdk/client-s3';
import type { ReplicationRule as SdkReplicationRule, S3Client } from '@aws-sdk/client-s3';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors, s3ErrorName } from './errors.ts';

export interface ReplicationRule {
  id: string;
  enabled: boolean;
  /** The name of the bucket that it copies to. */
  destination: string;
  /** The keys it applies to begin with this; empty: all. */
  prefix: string;
  /** It applies only to objects with certain tags. */
  byTag: boolean;
  /** Else a key that is deleted in the master stays current in the slave. */
  replicatesDeleteMarkers: boolean;
}

/** The rules, none where the bucket has none. Needs s3:GetReplicationConfiguration. */
export async function replicationRules(
  client: S3Client,
  bucket: string,
  options: CallOptions = {},
): Promise<ReplicationRule[]> {
  try {
    const answer = await mapS3Errors(
      { client, bucket, operation: 'GetBucketReplication' },
      options.signal,
      () => client.send(new GetBucketReplicationCommand({ Bucket: bucket }), abortable(options)),
    );
    // radosgw answers 200 without any rule (trap 33).
    return (answer.ReplicationConfiguration?.Rules ?? []).map(toReplicationRule);
  } catch (error) {
    if (s3ErrorName(error) === 'ReplicationConfigurationNotFoundError') return [];
    throw error;
  }
}

function toReplicationRule(rule: SdkReplicationRule): ReplicationRule {
  const { Filter: filter } = rule;
  return {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    destination: (rule.Destination?.Bucket ?? '').replace(/^arn:[^:]*:s3:::/, ''),
    prefix: filter?.Prefix ?? filter?.And?.Prefix ?? (rule as { Prefix?: string }).Prefix ?? '',
    byTag: filter?.Tag !== undefined || (filter?.And?.Tags ?? []).length > 0,
    // Rules of the first version have no filter, and replicate the markers that users make.
    replicatesDeleteMarkers: filter === undefined || rule.DeleteMarkerReplication?.Status === 'Enabled',
  };
}
