/** Which S3 operation a request is: by method, sub-resource in the query, and copy headers. */
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from '../s3-error.ts';
import type { RequestTarget } from './request.ts';

/** Sub-resource → method → operation; the first sub-resource that the query holds decides. */
const BUCKET_SUBRESOURCES: Record<string, Record<string, string>> = {
  location: { GET: 'GetBucketLocation' },
  versioning: { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' },
  lifecycle: {
    GET: 'GetBucketLifecycleConfiguration',
    PUT: 'PutBucketLifecycleConfiguration',
    DELETE: 'DeleteBucketLifecycle',
  },
  replication: {
    GET: 'GetBucketReplication',
    PUT: 'PutBucketReplication',
    DELETE: 'DeleteBucketReplication',
  },
  policy: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' },
  'object-lock': { GET: 'GetObjectLockConfiguration', PUT: 'PutObjectLockConfiguration' },
  versions: { GET: 'ListObjectVersions' },
  uploads: { GET: 'ListMultipartUploads' },
  delete: { POST: 'DeleteObjects' },
};

const OBJECT_SUBRESOURCES: Record<string, Record<string, string>> = {
  acl: { GET: 'GetObjectAcl', PUT: 'PutObjectAcl' },
  tagging: { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' },
  retention: { GET: 'GetObjectRetention', PUT: 'PutObjectRetention' },
  'legal-hold': { GET: 'GetObjectLegalHold', PUT: 'PutObjectLegalHold' },
  restore: { POST: 'RestoreObject' },
  uploads: { POST: 'CreateMultipartUpload' },
  uploadId: {
    GET: 'ListParts',
    PUT: 'UploadPart',
    POST: 'CompleteMultipartUpload',
    DELETE: 'AbortMultipartUpload',
  },
};

const BUCKET_METHODS: Record<string, string> = {
  GET: 'ListObjects',
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
};

const OBJECT_METHODS: Record<string, string> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

/** Sub-resources of S3 that this server does not have; without this list they would pass for plain requests. */
const NOT_IMPLEMENTED = new Set(
  (
    'accelerate acl analytics attributes cors encryption intelligent-tiering inventory logging metrics notification ' +
    'ownershipControls partNumber policyStatus publicAccessBlock requestPayment select torrent website'
  ).split(' '),
);

/** @throws S3Error NotImplemented, MethodNotAllowed */
export function operationOf(method: string, target: RequestTarget, headers: IncomingHttpHeaders): string {
  const { bucket, key, query } = target;
  if (bucket === '') return choose({ GET: 'ListBuckets' }, method);
  const subresources = key === '' ? BUCKET_SUBRESOURCES : OBJECT_SUBRESOURCES;
  for (const [name, methods] of Object.entries(subresources)) {
    if (query.has(name)) return refineCopy(choose(methods, method), headers);
  }
  const unknown = [...query.keys()].find((name) => NOT_IMPLEMENTED.has(name));
  if (unknown !== undefined) {
    throw new S3Error('NotImplemented', `The sub-resource ${unknown} is not implemented by this server`);
  }
  if (key !== '') return refineCopy(choose(OBJECT_METHODS, method), headers);
  return method === 'GET' && query.get('list-type') === '2'
    ? 'ListObjectsV2'
    : choose(BUCKET_METHODS, method);
}

function choose(methods: Record<string, string>, method: string): string {
  const operation = methods[method];
  if (operation !== undefined) return operation;
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

function refineCopy(operation: string, headers: IncomingHttpHeaders): string {
  if (headers['x-amz-copy-source'] === undefined) return operation;
  if (operation === 'PutObject') return 'CopyObject';
  return operation === 'UploadPart' ? 'UploadPartCopy' : operation;
}
