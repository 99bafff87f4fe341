/** Buckets themselves and their versioning state. */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { header } from '../http/request.ts';
import { MemoryBucket } from '../model/memory-bucket.ts';
import { S3Error } from '../s3-error.ts';
import { isoTime } from '../times.ts';
import { childText, document, element, parseXml } from '../xml.ts';
import type { Call, Context } from './call.ts';

const DEFAULT_REGION = 'us-east-1';

export function createBucket(call: Call, { store, options }: Context): Answer {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(call.bucket)) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (store.buckets.has(call.bucket)) {
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  const wanted = call.body.length === 0 ? undefined : parseXml(call.body.toString('utf8'));
  const region = (wanted && childText(wanted, 'LocationConstraint')) ?? options.region ?? DEFAULT_REGION;
  const bucket = new MemoryBucket(call.bucket, call.nowMs, region);
  if (header(call, 'x-amz-bucket-object-lock-enabled') === 'true') {
    bucket.settings.versioning = 'Enabled';
    bucket.settings.objectLock = {};
  }
  store.buckets.set(call.bucket, bucket);
  return emptyAnswer(200, { location: `/${call.bucket}` });
}

export function deleteBucket(call: Call, { store }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  if (bucket instanceof MemoryBucket && !bucket.isEmpty) {
    throw new S3Error(
      'BucketNotEmpty',
      'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
    );
  }
  store.buckets.delete(call.bucket);
  return emptyAnswer(204);
}

export function headBucket(call: Call, { store }: Context): Answer {
  return emptyAnswer(200, { 'x-amz-bucket-region': store.bucket(call.bucket).settings.region });
}

export function listBuckets(_call: Call, { store }: Context): Answer {
  const buckets = [...store.buckets.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      (bucket) =>
        `<Bucket>${element('Name', bucket.name)}${element('CreationDate', isoTime(bucket.createdMs, true))}</Bucket>`,
    );
  return xmlAnswer(
    document(
      'ListAllMyBucketsResult',
      `<Owner><ID>embedded</ID></Owner><Buckets>${buckets.join('')}</Buckets>`,
    ),
  );
}

/** Empty for us-east-1, as on AWS. */
export function getBucketLocation(call: Call, { store }: Context): Answer {
  const { region } = store.bucket(call.bucket).settings;
  return xmlAnswer(document('LocationConstraint', region === DEFAULT_REGION ? '' : region));
}

export function getBucketVersioning(call: Call, { store }: Context): Answer {
  const { versioning } = store.bucket(call.bucket).settings;
  const status = versioning === 'off' ? undefined : versioning;
  return xmlAnswer(document('VersioningConfiguration', element('Status', status)));
}

export function putBucketVersioning(call: Call, { store }: Context): Answer {
  const { settings } = store.writableBucket(call.bucket);
  const status = childText(parseXml(call.body.toString('utf8')), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') {
    throw new S3Error('MalformedXML', 'Status must be Enabled or Suspended');
  }
  if (status === 'Suspended' && settings.objectLock !== undefined) {
    throw new S3Error(
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  }
  settings.versioning = status;
  return emptyAnswer(200);
}
