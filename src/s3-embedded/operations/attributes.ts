/** What an object carries beside its bytes: read from request headers, written to answers. */
import { header } from '../http/request.ts';
import type { S3Request } from '../http/request.ts';
import type { NewVersion } from '../model/memory-bucket.ts';
import type { Bucket, BucketSettings, ObjectVersion, Retention } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { httpTime } from '../times.ts';

const CONTENT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
/** Kept with an object, but not carried over by a copy (trap 16). */
const OWN_HEADERS = [
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-website-redirect-location',
];
const STORAGE_CLASSES = new Set(
  'STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER GLACIER_IR DEEP_ARCHIVE'.split(
    ' ',
  ),
);
const METADATA_PREFIX = 'x-amz-meta-';
const DAY_MS = 86_400_000;

type Attributes = Pick<
  NewVersion,
  'headers' | 'metadata' | 'tags' | 'storageClass' | 'retention' | 'legalHold'
>;

/** @throws S3Error InvalidStorageClass, InvalidTag, InvalidArgument, InvalidRequest */
export function attributesOf(request: S3Request, settings: BucketSettings): Attributes {
  return {
    headers: { ...contentHeaders(request), ...ownHeaders(request) },
    metadata: metadataOf(request),
    tags: tagsOfHeader(header(request, 'x-amz-tagging')),
    ...placeAttributes(request, settings),
  };
}

/** What a copy never takes from its source: encryption, storage class, locks. */
export function placeAttributes(request: S3Request, settings: BucketSettings) {
  return {
    storageClass: storageClassOf(request),
    retention: retentionOf(request, settings),
    legalHold: header(request, 'x-amz-object-lock-legal-hold') === 'ON' ? true : undefined,
  };
}

export function ownHeaders(request: S3Request): Record<string, string> {
  return pick(request, OWN_HEADERS);
}

/** Without what belongs to the object alone. */
export function copiedHeaders(source: ObjectVersion): Record<string, string> {
  return Object.fromEntries(Object.entries(source.headers).filter(([name]) => !OWN_HEADERS.includes(name)));
}

function contentHeaders(request: S3Request): Record<string, string> {
  const headers = pick(request, CONTENT_HEADERS);
  const encoding = (headers['content-encoding'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked');
  if (encoding.length > 0) headers['content-encoding'] = encoding.join(',');
  else delete headers['content-encoding'];
  return { 'content-type': 'binary/octet-stream', ...headers };
}

function pick(request: S3Request, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = header(request, name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function metadataOf(request: S3Request): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith(METADATA_PREFIX))
      metadata[name.slice(METADATA_PREFIX.length)] = header(request, name) ?? '';
  }
  return metadata;
}

function storageClassOf(request: S3Request): string {
  const storageClass = header(request, 'x-amz-storage-class') ?? 'STANDARD';
  if (STORAGE_CLASSES.has(storageClass)) return storageClass;
  throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid');
}

function tagsOfHeader(value: string | undefined): Record<string, string> {
  return checkTags([...new URLSearchParams(value ?? '')]);
}

/** @throws S3Error InvalidTag for more than ten tags, or two of one name. */
export function checkTags(tags: [string, string][]): Record<string, string> {
  const unique = Object.fromEntries(tags);
  if (tags.length > 10) throw new S3Error('InvalidTag', 'Object tags cannot be greater than 10');
  if (Object.keys(unique).length < tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return unique;
}

function retentionOf(request: S3Request, settings: BucketSettings): Retention | undefined {
  const mode = header(request, 'x-amz-object-lock-mode');
  if (mode === undefined) return defaultRetention(request, settings);
  if (settings.objectLock === undefined) {
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
  return checkRetention(mode, header(request, 'x-amz-object-lock-retain-until-date'));
}

/** @throws S3Error InvalidArgument */
export function checkRetention(mode: string | undefined, until: string | undefined): Retention {
  const untilMs = Date.parse(until ?? '');
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw new S3Error('InvalidArgument', 'Unknown wormMode directive.');
  }
  if (Number.isNaN(untilMs)) throw new S3Error('InvalidArgument', 'The retain until date must be provided');
  return { mode, untilMs };
}

function defaultRetention(request: S3Request, settings: BucketSettings): Retention | undefined {
  const rule = settings.objectLock?.defaultRetention;
  return rule && { mode: rule.mode, untilMs: request.nowMs + rule.days * DAY_MS };
}

/** The headers of GetObject and HeadObject, but for length and range. */
export function answerHeaders(bucket: Bucket, version: ObjectVersion, nowMs: number): Record<string, string> {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'last-modified': httpTime(version.lastModifiedMs),
    etag: `"${version.etag}"`,
    ...version.headers,
    ...versionHeader(bucket, version),
  };
  for (const [name, value] of Object.entries(version.metadata)) headers[METADATA_PREFIX + name] = value;
  const tagCount = Object.keys(version.tags).length;
  if (tagCount > 0) headers['x-amz-tagging-count'] = String(tagCount);
  if (version.storageClass !== 'STANDARD') headers['x-amz-storage-class'] = version.storageClass;
  if (version.replicationStatus !== undefined)
    headers['x-amz-replication-status'] = version.replicationStatus;
  return { ...headers, ...lockHeaders(version), ...thawHeader(version, nowMs) };
}

/** `x-amz-version-id`, which buckets that never had versioning leave out. */
export function versionHeader(bucket: Bucket, version: { versionId: string }): Record<string, string> {
  return bucket.settings.versioning === 'off' ? {} : { 'x-amz-version-id': version.versionId };
}

function lockHeaders(version: ObjectVersion): Record<string, string> {
  const headers: Record<string, string> = {};
  if (version.retention !== undefined) {
    headers['x-amz-object-lock-mode'] = version.retention.mode;
    headers['x-amz-object-lock-retain-until-date'] = new Date(version.retention.untilMs).toISOString();
  }
  if (version.legalHold !== undefined)
    headers['x-amz-object-lock-legal-hold'] = version.legalHold ? 'ON' : 'OFF';
  return headers;
}

function thawHeader(version: ObjectVersion, nowMs: number): Record<string, string> {
  const { thaw } = version;
  if (thaw === undefined || nowMs >= thaw.expiryMs) return {};
  if (nowMs < thaw.readyMs) return { 'x-amz-restore': 'ongoing-request="true"' };
  return { 'x-amz-restore': `ongoing-request="false", expiry-date="${httpTime(thaw.expiryMs)}"` };
}
