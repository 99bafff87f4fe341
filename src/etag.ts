/** What an etag says about the content (trap 18). */
import { createHash } from 'node:crypto';

/** Whether an etag has the form of an MD5 of the content. With SSE-KMS and SSE-C it has that form and is none (trap 18). */
export function looksLikeMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

interface StoredContent {
  etag: string;
  encryption: { algorithm?: string; customerKey: boolean };
}

/** Whether the etag is the MD5 of the content, as far as the server says (trap 18). */
export function isMd5({ etag, encryption }: StoredContent): boolean {
  const { algorithm, customerKey } = encryption;
  return looksLikeMd5(etag) && !customerKey && (algorithm === undefined || algorithm === 'AES256');
}

export function withoutQuotes(etag: string): string {
  return etag.length >= 2 && etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}

/** Of what was uploaded in parts with these etags: the MD5 of their MD5s, and their number, as S3 and its kin make it. */
export function etagOfParts(partEtags: readonly string[]): string {
  const md5 = createHash('md5');
  for (const etag of partEtags) md5.update(Buffer.from(withoutQuotes(etag), 'hex'));
  return `${md5.digest('hex')}-${partEtags.length}`;
}
