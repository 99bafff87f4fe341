import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { placementInput } from './attributes.ts';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors } from './errors.ts';
import { withoutQuotes } from '../etag.ts';
import type { BufferPut } from './quick-put.ts';

/** Writes an object out of memory, with the SDK and its retries. */
export async function putBuffer(
  client: S3Client,
  bucket: string,
  { key, body, md5, storageClass, contentType }: BufferPut,
  options: CallOptions,
): Promise<{ etag: string }> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ContentMD5: Buffer.from(md5, 'hex').toString('base64'),
    ...placementInput({ storageClass }),
    ...(contentType !== undefined && { ContentType: contentType }),
  });
  const context = { client, bucket, key, operation: 'PutObject' };
  const { ETag = '' } = await mapS3Errors(context, options.signal, () =>
    client.send(command, abortable(options)),
  );
  return { etag: withoutQuotes(ETag) };
}
