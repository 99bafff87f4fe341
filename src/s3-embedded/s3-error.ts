/** An answer that is an error: the codes and statuses of AWS's "List of error codes". */
const STATUS_BY_CODE = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidBucketState: 409,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidRetentionPeriod: 400,
  InvalidStorageClass: 400,
  InvalidTag: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedACLError: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchBucketPolicy: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchObjectLockConfiguration: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  ObjectLockConfigurationNotFoundError: 404,
  PreconditionFailed: 412,
  ReplicationConfigurationNotFoundError: 404,
  RequestTimeTooSkewed: 403,
  RestoreAlreadyInProgress: 409,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  ServiceUnavailable: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof STATUS_BY_CODE;

export interface S3ErrorDetails {
  /** Elements beside Code and Message in the error document. */
  elements?: Record<string, string>;
  headers?: Record<string, string>;
}

export class S3Error extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: S3ErrorDetails;

  /** A code from outside the table, as a fault may have, comes with its status. */
  constructor(
    code: S3ErrorCode | { code: string; status: number },
    message: string,
    details: S3ErrorDetails = {},
  ) {
    super(message);
    this.name = 'S3Error';
    this.code = typeof code === 'string' ? code : code.code;
    this.status = typeof code === 'string' ? STATUS_BY_CODE[code] : code.status;
    this.details = details;
  }
}
