/**
 * Turns what the SDK and the network throw into the errors that users see. The cause that is kept is a copy of a few harmless
 * fields: the SDK's own error objects hold the signed request, and some the string that was signed.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { BackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { endpointName } from './endpoint-name.ts';

export interface S3Context {
  client?: S3Client;
  bucket?: string;
  key?: string;
  versionId?: string;
  /** As S3 calls it: `CopyObject`. */
  operation?: string;
}

/** The cause of a BackupError from this layer: S3's or the network's error without its request. */
export class S3Failure extends Error {
  /** HTTP status of the answer, if there was one. */
  readonly statusCode: number | undefined;
  readonly requestId: string | undefined;

  constructor(name: string, message: string, statusCode?: number, requestId?: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.requestId = requestId;
  }
}

/** S3's own name of the error beneath (`NoSuchKey`, `InvalidObjectState`), for reports per key. */
export function s3ErrorName(error: unknown): string | undefined {
  const failure = error instanceof BackupError ? error.cause : error;
  return failure instanceof Error ? failure.name : undefined;
}

/** Runs one request; what it throws leaves as a BackupError, or as the signal's reason when that was aborted. */
export async function mapS3Errors<T>(
  context: S3Context,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw toBackupError(error, context);
  }
}

/** A BackupError stays what it is. */
export function toBackupError(error: unknown, context: S3Context): BackupError {
  if (error instanceof BackupError) return error;
  const failure = toFailure(error);
  const verdict = judge(failure, networkCode(error), context);
  const message = `${subject(context)}: ${verdict.says}`;
  return new BackupError(verdict.code, message, { hint: verdict.hint, cause: failure });
}

interface Verdict {
  code: ErrorCode;
  says: string;
  hint: string;
}

const credentialErrors = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'CredentialsProviderError',
]);
const deniedErrors = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AllAccessDisabled',
  'AccountProblem',
  'Forbidden',
]);
const redirectErrors = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const throttlingErrors = new Set([
  'SlowDown',
  'Throttling',
  'TooManyRequestsException',
  'ServiceUnavailable',
  'RequestLimitExceeded',
]);

function judge(failure: S3Failure, network: string | undefined, context: S3Context): Verdict {
  const server = context.client === undefined ? 'S3' : endpointName(context.client);
  const { name, message, statusCode } = failure;
  const answer =
    message === '' || message === 'UnknownError'
      ? `answered ${name} (${statusCode ?? '?'})`
      : `${name}: ${message}`;
  if (credentialErrors.has(name)) {
    return {
      code: 'CREDENTIALS',
      says: `${server} did not accept the credentials, or there are none (${answer})`,
      hint: 'Check AccessKey and SecretKey of this bucket in the configuration file, or, where they are left out, the environment, shared credentials file or role.',
    };
  }
  if (name === 'RequestTimeTooSkewed') {
    return {
      code: 'S3_FAILED',
      says: `${server} refused the request because this machine's clock is too far off (${answer})`,
      hint: "Set this machine's clock (timedatectl, chrony or ntpd) and run the command again.",
    };
  }
  if (name === 'NoSuchBucket' || (statusCode === 404 && context.key === undefined && name === 'NotFound')) {
    return {
      code: 'BUCKET_MISSING',
      says: `there is no such bucket at ${server}`,
      hint: 'Check the bucket name, the region and the endpoint in the configuration file.',
    };
  }
  if (redirectErrors.has(name) || statusCode === 301) {
    return {
      code: 'S3_FAILED',
      says: `the bucket is in another region than the one asked (${answer})`,
      hint: 'Set MasterRegion or SlaveRegion to the region of the bucket.',
    };
  }
  if (deniedErrors.has(name) || statusCode === 403) {
    return {
      code: 'ACCESS_DENIED',
      says: `${server} denied access (${answer})`,
      hint: `Grant ${context.operation === undefined ? 'the action' : `what ${context.operation} needs`} to these credentials in the IAM or bucket policy.`,
    };
  }
  if (message === 'Region is missing') {
    return {
      code: 'CONFIG_INVALID',
      says: 'no region is configured',
      hint: 'Set MasterRegion or SlaveRegion in the configuration file, or AWS_REGION in the environment.',
    };
  }
  if (throttlingErrors.has(name) || statusCode === 429 || statusCode === 503) {
    return {
      code: 'S3_FAILED',
      says: `${server} kept asking to slow down (${answer})`,
      hint: 'Run the command again with a smaller --concurrency, or when the store is less busy.',
    };
  }
  if (statusCode === undefined && (network !== undefined || name === 'TimeoutError')) {
    return {
      code: 'S3_UNREACHABLE',
      says: `${server} cannot be reached (${network === undefined || message.includes(network) ? message : `${network}: ${message}`})`,
      hint: isTlsCode(network)
        ? 'Check the certificate of the endpoint; NODE_EXTRA_CA_CERTS names a file of further authorities.'
        : 'Check the endpoint, the network, name resolution and proxies, and that the store is up.',
    };
  }
  return {
    code: 'S3_FAILED',
    says: `${server} failed (${answer})`,
    hint: 'Run the command again; if it stays, look up the error name in the documentation of the store.',
  };
}

/** `CopyObject of "k" (version v) in bucket b`: as much of it as is known. */
function subject(context: S3Context): string {
  const parts: string[] = [];
  if (context.operation !== undefined) parts.push(context.operation);
  if (context.key !== undefined)
    parts.push(`${parts.length > 0 ? 'of ' : ''}key ${JSON.stringify(context.key)}`);
  if (context.versionId !== undefined) parts.push(`version ${context.versionId}`);
  if (context.bucket !== undefined) parts.push(`${parts.length > 0 ? 'in ' : ''}bucket ${context.bucket}`);
  return parts.length === 0 ? 'S3' : parts.join(' ');
}

function toFailure(error: unknown): S3Failure {
  if (!(error instanceof Error)) return new S3Failure('Error', redact(String(error)));
  const metadata = (error as { $metadata?: { httpStatusCode?: number; requestId?: string } }).$metadata;
  const message = innerMessage(error).replace(/\s+Deserialization error: to see the raw response.*$/s, '');
  return new S3Failure(error.name, redact(message), metadata?.httpStatusCode, metadata?.requestId);
}

/** An AggregateError (one address tried after the other) has an empty message of its own. */
function innerMessage(error: Error): string {
  if (error.message !== '') return error.message;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return inner instanceof Error ? inner.message : '';
}

/** Query strings and headers of signed requests are the only places where a message could hold part of a credential. */
function redact(message: string): string {
  return message
    .replace(/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"']+/gi, '$1…')
    .replace(/((?:Signature|Credential)=)[^,\s"']+/g, '$1…');
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'EPROTO',
]);

/** The network's or TLS's own code of an error, if it comes from there. */
function networkCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return undefined;
  return networkCodes.has(code) || code.startsWith('HPE_') || isTlsCode(code) ? code : undefined;
}

function isTlsCode(code: string | undefined): boolean {
  return code !== undefined && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
}
