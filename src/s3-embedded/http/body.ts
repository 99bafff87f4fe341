/** Takes a request's body off the wire, checks it and unpacks `aws-chunked`. */
import type { IncomingMessage } from 'node:http';
import { S3Error } from '../s3-error.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { checkChecksums } from './checksums.ts';
import { header } from './request.ts';
import { verifyPayload } from './sigv4.ts';
import type { VerifiedSignature } from './sigv4.ts';

export interface CheckedBody {
  body: Buffer;
  checksums: Record<string, string>;
}

export async function readRaw(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** @throws S3Error BadDigest, IncompleteBody, SignatureDoesNotMatch, XAmzContentSHA256Mismatch */
export function checkBody(request: IncomingMessage, raw: Buffer, verified: VerifiedSignature): CheckedBody {
  const isChunked = verified.payloadHash.startsWith('STREAMING-');
  const chunks = isChunked ? decodeAwsChunked(raw) : undefined;
  const body = chunks?.body ?? raw;
  verifyPayload(verified, body, chunks);
  const announced = header(request, 'x-amz-decoded-content-length');
  if (announced !== undefined && Number(announced) !== body.length) {
    throw new S3Error(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  const sent: Record<string, string | undefined> = { 'content-md5': header(request, 'content-md5') };
  for (const name of Object.keys(request.headers)) {
    if (name.startsWith('x-amz-checksum-')) sent[name] = header(request, name);
  }
  return { body, checksums: checkChecksums(body, { ...sent, ...chunks?.trailers }) };
}
