/** Where a bucket is, and who asks for it. */

export interface BucketLocation {
  bucket: string;
  region: string;
  /** URL of an S3-compatible store; absent: Amazon S3. */
  endpoint?: string;
  forcePathStyle: boolean;
  /** Absent: the SDK's default chain (environment, shared files, SSO, instance or container role). */
  credentials?: Credentials;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}
