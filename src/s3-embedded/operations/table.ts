/** Every operation of this server by its name. */
import { getObjectAcl, putObjectAcl } from './acl.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { getBucketVersioning, putBucketVersioning } from './buckets.ts';
import { deleteDocument, getDocument, putDocument } from './bucket-documents.ts';
import type { Handler } from './call.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listObjectVersions } from './list-versions.ts';
import { getObjectLegalHold, getObjectLockConfiguration, getObjectRetention } from './lock.ts';
import { putObjectLegalHold, putObjectLockConfiguration, putObjectRetention } from './lock.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart.ts';
import { listMultipartUploads, listParts, uploadPart, uploadPartCopy } from './multipart-parts.ts';
import { copyObject } from './object-copy.ts';
import { deleteObject, deleteObjects } from './object-delete.ts';
import { getObject } from './object-get.ts';
import { putObject } from './object-put.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging.ts';
import { restoreObject } from './thaw.ts';

export const OPERATIONS: Readonly<Record<string, Handler>> = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteBucketLifecycle: deleteDocument('lifecycle'),
  DeleteBucketPolicy: deleteDocument('policy'),
  DeleteBucketReplication: deleteDocument('replication'),
  DeleteObject: deleteObject,
  DeleteObjectTagging: deleteObjectTagging,
  DeleteObjects: deleteObjects,
  GetBucketLifecycleConfiguration: getDocument('lifecycle'),
  GetBucketLocation: getBucketLocation,
  GetBucketPolicy: getDocument('policy'),
  GetBucketReplication: getDocument('replication'),
  GetBucketVersioning: getBucketVersioning,
  GetObject: getObject,
  GetObjectAcl: getObjectAcl,
  GetObjectLegalHold: getObjectLegalHold,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  GetObjectRetention: getObjectRetention,
  GetObjectTagging: getObjectTagging,
  HeadBucket: headBucket,
  HeadObject: getObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjectVersions: listObjectVersions,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutBucketLifecycleConfiguration: putDocument('lifecycle'),
  PutBucketPolicy: putDocument('policy'),
  PutBucketReplication: putDocument('replication'),
  PutBucketVersioning: putBucketVersioning,
  PutObject: putObject,
  PutObjectAcl: putObjectAcl,
  PutObjectLegalHold: putObjectLegalHold,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  PutObjectRetention: putObjectRetention,
  PutObjectTagging: putObjectTagging,
  RestoreObject: restoreObject,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
};
