/**
 * Older S3-compatible stores refuse DeleteObjects and its kin without `Content-MD5`, and do not know the checksum headers that
 * the SDK sends in its place, whatever `requestChecksumCalculation` says (trap 23). This puts the old header back.
 */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

interface BuiltRequest {
  headers: Record<string, string>;
  body?: unknown;
}

/** From now on `client` sends `Content-MD5` instead of a checksum wherever S3 requires one or the other. */
export function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = (args as { request?: BuiltRequest }).request;
      if (request !== undefined) replaceChecksum(request);
      return next(args);
    },
    // Low: after the SDK's own checksum middleware of the same step, before signing.
    { name: 'contentMd5Middleware', step: 'build', priority: 'low' },
  );
}

function replaceChecksum(request: BuiltRequest): void {
  if (!('x-amz-sdk-checksum-algorithm' in request.headers)) return;
  if (typeof request.body !== 'string' && !(request.body instanceof Uint8Array)) return;
  for (const name of Object.keys(request.headers)) {
    if (name === 'x-amz-sdk-checksum-algorithm' || name.startsWith('x-amz-checksum-'))
      delete request.headers[name];
  }
  request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
}
