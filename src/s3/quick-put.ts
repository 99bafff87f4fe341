/** PutObject of a small body (quick-write.ts): the server holds it against its MD5 and its SHA-256. */
import { withoutQuotes } from '../etag.ts';
import type { CallOptions } from './call-options.ts';
import type { QuickWriter } from './quick-write.ts';

export interface BufferPut {
  /** Whole. */
  key: string;
  body: Buffer;
  /** Of the body, in hex: the server refuses another. */
  md5: string;
  storageClass?: string | undefined;
  contentType?: string | undefined;
}

/** @returns undefined where the SDK has to do it @throws the signal's reason */
export async function quickPut(
  writer: QuickWriter,
  { key, body, md5, storageClass, contentType }: BufferPut,
  { signal }: CallOptions,
): Promise<{ etag: string } | undefined> {
  const headers = {
    'content-md5': Buffer.from(md5, 'hex').toString('base64'),
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(storageClass !== undefined && { 'x-amz-storage-class': storageClass }),
  };
  const answer = await writer.write({ key, headers, body, signal });
  const etag = answer?.headers.etag;
  return etag === undefined ? undefined : { etag: withoutQuotes(etag) };
}
