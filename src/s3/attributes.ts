/** What an object carries beside its content, as input for the requests that write one. */
import type { CreateMultipartUploadCommandInput, StorageClass } from '@aws-sdk/client-s3';
import { setRequestHeader } from './answer.ts';
import type { HeadResult } from './head.ts';

/** Where and how an object is stored: nothing of this comes over with a copy by itself (traps 15 and 16). Left out: the bucket's defaults. */
export interface Placement {
  storageClass?: string | undefined;
  encryption?: PlacedEncryption | undefined;
  websiteRedirect?: string | undefined;
  /** `CRC32`, `SHA256`, …: computed and kept by the server. */
  checksumAlgorithm?: string | undefined;
}

export interface PlacedEncryption {
  /** `AES256`, `aws:kms`, `aws:kms:dsse`. */
  algorithm: string;
  kmsKeyId?: string | undefined;
  bucketKeyEnabled?: boolean | undefined;
}

type Input = Pick<
  CreateMultipartUploadCommandInput,
  | 'StorageClass'
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'BucketKeyEnabled'
  | 'WebsiteRedirectLocation'
  | 'ChecksumAlgorithm'
>;

export function placementInput(placement: Placement): Input {
  const { storageClass, encryption, websiteRedirect, checksumAlgorithm } = placement;
  return {
    ...(storageClass !== undefined && { StorageClass: storageClass as StorageClass }),
    ...(encryption !== undefined && {
      ServerSideEncryption: encryption.algorithm as NonNullable<Input['ServerSideEncryption']>,
    }),
    ...(encryption?.kmsKeyId !== undefined && { SSEKMSKeyId: encryption.kmsKeyId }),
    ...(encryption?.bucketKeyEnabled !== undefined && { BucketKeyEnabled: encryption.bucketKeyEnabled }),
    ...(websiteRedirect !== undefined && { WebsiteRedirectLocation: websiteRedirect }),
    ...(checksumAlgorithm !== undefined && {
      ChecksumAlgorithm: checksumAlgorithm as NonNullable<Input['ChecksumAlgorithm']>,
    }),
  };
}

/** The same as headers. */
export function placementHeaders(placement: Placement): Record<string, string> {
  const { storageClass, encryption, websiteRedirect, checksumAlgorithm } = placement;
  const headers: Record<string, string> = {};
  if (storageClass !== undefined) headers['x-amz-storage-class'] = storageClass;
  if (encryption !== undefined) headers['x-amz-server-side-encryption'] = encryption.algorithm;
  if (encryption?.kmsKeyId !== undefined)
    headers['x-amz-server-side-encryption-aws-kms-key-id'] = encryption.kmsKeyId;
  if (encryption?.bucketKeyEnabled !== undefined)
    headers['x-amz-server-side-encryption-bucket-key-enabled'] = String(encryption.bucketKeyEnabled);
  if (websiteRedirect !== undefined) headers['x-amz-website-redirect-location'] = websiteRedirect;
  if (checksumAlgorithm !== undefined) headers['x-amz-checksum-algorithm'] = checksumAlgorithm;
  return headers;
}

/** Content headers, metadata and tags. What this leaves out, `addExpires` sets. */
export function contentInput(
  { headers, metadata }: Pick<HeadResult, 'headers' | 'metadata'>,
  tags: Record<string, string>,
): Partial<CreateMultipartUploadCommandInput> {
  return {
    ...(headers['content-type'] !== undefined && { ContentType: headers['content-type'] }),
    ...(headers['cache-control'] !== undefined && { CacheControl: headers['cache-control'] }),
    ...(headers['content-disposition'] !== undefined && {
      ContentDisposition: headers['content-disposition'],
    }),
    ...(headers['content-encoding'] !== undefined && { ContentEncoding: headers['content-encoding'] }),
    ...(headers['content-language'] !== undefined && { ContentLanguage: headers['content-language'] }),
    ...(headers['x-amz-website-redirect-location'] !== undefined && {
      WebsiteRedirectLocation: headers['x-amz-website-redirect-location'],
    }),
    Metadata: metadata,
    ...(Object.keys(tags).length > 0 && { Tagging: tagging(tags) }),
  };
}

/** As text: it need not be a date. */
export function addExpires(command: unknown, { headers }: Pick<HeadResult, 'headers'>): void {
  if (headers['expires'] !== undefined) setRequestHeader(command, 'expires', headers['expires']);
}

/** `x-amz-tagging`: encoded like a query, a space as `%20`. */
function tagging(tags: Record<string, string>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}
