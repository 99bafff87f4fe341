/** Where a bucket is and who asks for it, from fields of the file. */
import type { BucketLocation, Credentials } from './location.ts';

/** Stores with an endpoint of their own mostly have no host name for each bucket, so path style is the default there. */
export function locationOf(
  bucket: string,
  region: string,
  endpoint: string | undefined,
  forcePathStyle: boolean | undefined,
  credentials: Credentials | undefined,
): BucketLocation {
  return {
    bucket,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: forcePathStyle ?? endpoint !== undefined,
    ...(credentials === undefined ? {} : { credentials }),
  };
}

export function credentialsOf(id: string | undefined, secret: string | undefined): Credentials | undefined {
  if (id === undefined || secret === undefined) return undefined;
  return { accessKeyId: id, secretAccessKey: secret };
}
