import type { HeadResult } from '../s3/open-bucket.ts';

/** Whether an etag has the form of an MD5 of the content. With SSE-KMS and SSE-C it has that form and is none (trap 18). */
export function looksLikeMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

/** Whether the etag is the MD5 of the content, as far as the server says (trap 18). */
export function isMd5({ etag, encryption }: Pick<HeadResult, 'etag' | 'encryption'>): boolean {
  const { algorithm, customerKey } = encryption;
  return looksLikeMd5(etag) && !customerKey && (algorithm === undefined || algorithm === 'AES256');
}
