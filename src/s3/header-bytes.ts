/**
 * Header values beyond ASCII: user metadata, content dispositions. S3 takes and gives them as UTF-8 bytes, and that is what the SDK signs; but
 * Node writes and reads headers as Latin-1, so what is sent would not be what was signed, or no header at all.
 */
import { isUtf8 } from 'node:buffer';
import type { S3Client } from '@aws-sdk/client-s3';

interface SignedRequest {
  headers: Record<string, string>;
  body?: unknown;
}

/** From now on `client` sends header values as the bytes that it signed. */
export function sendHeadersAsUtf8(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args as { request: SignedRequest };
      const beyond = Object.entries(request.headers).filter(([, value]) => /[^\x00-\x7f]/.test(value));
      if (beyond.length === 0) return next(args);
      const headers = { ...request.headers };
      for (const [name, value] of beyond) headers[name] = Buffer.from(value, 'utf8').toString('latin1');
      // Node writes headers together with a body that is a string, both in the encoding of the body.
      const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
      return next({ ...args, request: { ...request, headers, body } });
    },
    // Behind signing, which is in the step before, and anew for each attempt.
    { name: 'headersAsUtf8', step: 'deserialize' as 'build', priority: 'low' },
  );
}

/** The text of a header as Node gives it. What is no UTF-8 stays as it is. */
export function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
