/** What a copy carries beside content, content headers, metadata and tags, which come over by themselves (traps 15 and 16). */
import type { Entry } from '../index/entry.ts';
import type { HeadResult, PlacedEncryption, Placement } from '../s3/open-bucket.ts';
import type { RestoreSource } from './bucket.ts';

export interface CarryOptions {
  /** For all objects; left out: that of the entry. */
  storageClass?: string | undefined;
  /** For all objects; left out: the destination's default. */
  encryption?: PlacedEncryption | undefined;
  checksumAlgorithm?: string | undefined;
  /** Ask for each version, so that encryption and website redirect are its own: a request more per object. */
  isExact?: boolean | undefined;
  /** Give each copy the ACL of its source: a request more per object, three where that is not the default one. */
  carriesAcl?: boolean | undefined;
}

/** @throws BackupError where the version has to be asked for, and is gone */
export async function placementOf(
  entry: Entry,
  options: CarryOptions,
  source: RestoreSource,
): Promise<Placement> {
  const { encryption, checksumAlgorithm, isExact = false } = options;
  const placement: Placement = {
    // Empty where a snapshot of the old program names what the bucket did not have any more.
    storageClass: options.storageClass ?? (entry.storageClass === '' ? undefined : entry.storageClass),
    encryption,
    checksumAlgorithm,
  };
  if (!isExact) return placement;
  const head = await source.head(entry.key, entry.versionId);
  return {
    ...placement,
    encryption: encryption ?? encryptionOf(head),
    websiteRedirect: head.headers['x-amz-website-redirect-location'],
  };
}

/** Differs where the same version would be copied differently; empty where nothing was asked for. */
export function carryIdentity(options: CarryOptions): string {
  const { storageClass, encryption, checksumAlgorithm, isExact = false } = options;
  const carriesAcl = options.carriesAcl === true ? true : undefined;
  const carried = { storageClass, encryption, checksumAlgorithm, carriesAcl };
  if (!isExact && Object.values(carried).every((value) => value === undefined)) return '';
  return ` ${JSON.stringify({ storageClass, encryption, checksumAlgorithm, isExact, carriesAcl })}`;
}

function encryptionOf({ encryption }: HeadResult): PlacedEncryption | undefined {
  const { algorithm, kmsKeyId, bucketKeyEnabled } = encryption;
  if (algorithm === undefined) return undefined;
  return { algorithm, kmsKeyId, bucketKeyEnabled };
}
