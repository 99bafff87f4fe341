/**
 * Whether an object in the destination is what the snapshot's version is, beyond its content: a rewrite of metadata alone
 * has the same etag, and a restore that trusted it would not bring the metadata back (trap 14).
 */
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import type { HeadResult } from '../s3/open-bucket.ts';
import { isEqualAcl } from './acl-grants.ts';
import type { RestoreSource } from './bucket.ts';
import type { CarryOptions } from './carry.ts';
import type { BucketDependencies } from './options.ts';
import type { DecidedAction } from './plan.ts';

export async function decideByMetadata(
  entry: Entry,
  destinationKey: string,
  options: CarryOptions,
  { source, destination, signal }: BucketDependencies,
): Promise<DecidedAction> {
  try {
    const isSame = await hasSameMetadata(entry, destinationKey, options, source, destination);
    return { action: isSame ? 'same' : 'copy', entry };
  } catch (error) {
    signal.throwIfAborted();
    // What cannot be compared is copied: what stands against that is then reported for this key.
    if (error instanceof BackupError) return { action: 'copy', entry };
    throw error;
  }
}

type Readable = Pick<RestoreSource, 'head' | 'tags' | 'acl'>;

/**
 * @param entry a version, or the current object of a key
 * @param options `isContentKnown`: the etags may differ, as where one was uploaded in parts (trap 18)
 * @throws BackupError where one of them is not there, or cannot be asked for
 */
export async function hasSameMetadata(
  entry: { key: string; versionId?: string },
  destinationKey: string,
  options: CarryOptions & { isContentKnown?: boolean },
  source: Readable,
  destination: Readable,
): Promise<boolean> {
  const [wanted, present] = await Promise.all([
    source.head(entry.key, entry.versionId),
    destination.head(destinationKey),
  ]);
  const isContent = options.isContentKnown === true || wanted.etag === present.etag;
  if (!isContent || !isEqualHead(wanted, present, options)) return false;
  if (wanted.tagCount !== 0 || present.tagCount !== 0) {
    const [wantedTags, presentTags] = await Promise.all([
      source.tags(entry.key, entry.versionId),
      destination.tags(destinationKey),
    ]);
    if (!isEqualRecord(wantedTags, presentTags)) return false;
  }
  if (options.carriesAcl !== true) return true;
  const [wantedAcl, presentAcl] = await Promise.all([
    source.acl(entry.key, entry.versionId),
    destination.acl(destinationKey),
  ]);
  return isEqualAcl(wantedAcl, presentAcl);
}

/** Only what a copy carries under these options: else a copy would differ from its source for ever. */
function isEqualHead(wanted: HeadResult, present: HeadResult, options: CarryOptions): boolean {
  return (
    (options.storageClass ?? wanted.storageClass) === present.storageClass &&
    isEqualRecord(headersOf(wanted, options), headersOf(present, options)) &&
    isEqualRecord(wanted.metadata, present.metadata) &&
    (options.encryption === undefined || options.encryption.algorithm === present.encryption.algorithm) &&
    (options.isExact !== true ||
      options.encryption !== undefined ||
      wanted.encryption.algorithm === present.encryption.algorithm)
  );
}

function headersOf({ headers }: HeadResult, { isExact }: CarryOptions): Record<string, string> {
  if (isExact === true) return headers;
  const { 'x-amz-website-redirect-location': _redirect, ...others } = headers;
  return others;
}

function isEqualRecord(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}
