/**
 * Checks AWS Signature Version 4 in the Authorization header or in the query, with signed, unsigned and chunked
 * payloads ("Authenticating Requests (AWS Signature Version 4)" in the S3 API reference).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from '../s3-error.ts';
import type { DecodedChunks } from './aws-chunked.ts';
import type { RequestTarget } from './request.ts';

export interface Credentials {
  accessKey: string;
  secretKey: string;
  /** Undefined: any region is right. */
  region: string | undefined;
  maxSkewMs: number;
}

export interface SignedRequest extends RequestTarget {
  method: string;
  headers: IncomingHttpHeaders;
}

interface Claim {
  accessKey: string;
  /** `20240131/eu-west-1/s3/aws4_request` */
  scope: string;
  /** `20240131T235959Z` */
  time: string;
  signedHeaders: string[];
  signature: string;
  payloadHash: string;
  /** Of a presigned request, from `time` on. */
  validSeconds?: number;
}

/** What is needed to check the signatures of the chunks that follow. */
export interface VerifiedSignature {
  signature: string;
  signingKey: Buffer;
  scope: string;
  time: string;
  payloadHash: string;
}

const EMPTY_HASH = createHash('sha256').update('').digest('hex');

/** @throws S3Error AccessDenied, InvalidAccessKeyId, RequestTimeTooSkewed, AuthorizationHeaderMalformed, SignatureDoesNotMatch */
export function verifySignature(
  request: SignedRequest,
  credentials: Credentials,
  nowMs: number,
): VerifiedSignature {
  const claim = readClaim(request);
  if (claim.accessKey !== credentials.accessKey) {
    throw new S3Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      {
        elements: { AWSAccessKeyId: claim.accessKey },
      },
    );
  }
  checkTime(claim, credentials, nowMs);
  checkRegion(claim, credentials);
  const signingKey = deriveKey(credentials.secretKey, claim.scope);
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    claim.time,
    claim.scope,
    sha256Hex(canonicalRequest(request, claim)),
  ].join('\n');
  if (!isEqual(hmac(signingKey, stringToSign).toString('hex'), claim.signature)) throw mismatch();
  const { signature, scope, time, payloadHash } = claim;
  return { signature, signingKey, scope, time, payloadHash };
}

/** @throws S3Error XAmzContentSHA256Mismatch, SignatureDoesNotMatch */
export function verifyPayload(verified: VerifiedSignature, body: Buffer, chunks?: DecodedChunks): void {
  const { payloadHash } = verified;
  if (payloadHash.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')) {
    verifyChunks(verified, chunks?.chunks ?? []);
  } else if (/^[0-9a-f]{64}$/.test(payloadHash) && sha256Hex(body) !== payloadHash) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
}

function verifyChunks(verified: VerifiedSignature, chunks: DecodedChunks['chunks']): void {
  let previous = verified.signature;
  for (const chunk of chunks) {
    const stringToSign = [
      'AWS4-HMAC-SHA256-PAYLOAD',
      verified.time,
      verified.scope,
      previous,
      EMPTY_HASH,
      sha256Hex(chunk.data),
    ].join('\n');
    previous = hmac(verified.signingKey, stringToSign).toString('hex');
    if (chunk.signature === undefined || !isEqual(previous, chunk.signature)) throw mismatch();
  }
}

function readClaim(request: SignedRequest): Claim {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) return readHeaderClaim(request, authorization);
  if (request.query.has('X-Amz-Signature')) return readQueryClaim(request.query);
  throw new S3Error('AccessDenied', 'Access Denied');
}

function readHeaderClaim(request: SignedRequest, authorization: string): Claim {
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=(\w+)$/.exec(
      authorization,
    );
  const time = request.headers['x-amz-date'];
  const payloadHash = request.headers['x-amz-content-sha256'];
  if (match === null || typeof time !== 'string' || typeof payloadHash !== 'string') throw malformed();
  const [, accessKey = '', scope = '', signedHeaders = '', signature = ''] = match;
  return { accessKey, scope, time, signedHeaders: signedHeaders.split(';'), signature, payloadHash };
}

function readQueryClaim(query: ReadonlyMap<string, string>): Claim {
  const [accessKey = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  return {
    accessKey,
    scope: scope.join('/'),
    time: query.get('X-Amz-Date') ?? '',
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    payloadHash: 'UNSIGNED-PAYLOAD',
    validSeconds: Number(query.get('X-Amz-Expires') ?? 0),
  };
}

function checkTime(claim: Claim, credentials: Credentials, nowMs: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.time);
  if (parts === null) throw malformed();
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sentMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (claim.validSeconds !== undefined) {
    if (nowMs <= sentMs + claim.validSeconds * 1000) return;
    throw new S3Error('AccessDenied', 'Request has expired');
  }
  if (Math.abs(nowMs - sentMs) <= credentials.maxSkewMs) return;
  throw new S3Error(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    { elements: { RequestTime: claim.time, ServerTime: new Date(nowMs).toISOString() } },
  );
}

function checkRegion(claim: Claim, credentials: Credentials): void {
  const region = claim.scope.split('/')[1] ?? '';
  if (credentials.region === undefined || credentials.region === region) return;
  throw new S3Error(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed; the region '${region}' is wrong; expecting '${credentials.region}'`,
    { elements: { Region: credentials.region }, headers: { 'x-amz-bucket-region': credentials.region } },
  );
}

function canonicalRequest(request: SignedRequest, claim: Claim): string {
  const headers = claim.signedHeaders.map((name) => `${name}:${headerValue(request.headers, name)}\n`);
  return [
    request.method,
    request.rawPath,
    canonicalQuery(request.query),
    headers.join(''),
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n');
}

function headerValue(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ');
}

function canonicalQuery(query: ReadonlyMap<string, string>): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join('&');
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

let cachedKey: { name: string; key: Buffer } | undefined;

function deriveKey(secretKey: string, scope: string): Buffer {
  const name = `${secretKey}/${scope}`;
  if (cachedKey?.name === name) return cachedKey.key;
  let key = Buffer.from(`AWS4${secretKey}`, 'utf8');
  for (const part of scope.split('/')) key = hmac(key, part);
  cachedKey = { name, key };
  return key;
}

function hmac(key: Buffer, text: string): Buffer<ArrayBuffer> {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function mismatch(): S3Error {
  return new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}

function malformed(): S3Error {
  return new S3Error(
    'AuthorizationHeaderMalformed',
    'The authorization header that you provided is not valid.',
  );
}
