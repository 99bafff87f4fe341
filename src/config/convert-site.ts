/** From the checked fields of a site to the site as the program uses it. */
import { resolve } from 'node:path';
import { credentialsOf, locationOf } from './convert-location.ts';
import type { Site, SiteDestination, SiteSource } from './site.ts';
import { compileExclude, type SiteFields } from './sites-schema.ts';

const defaults = {
  region: 'us-east-1',
  chunkSizeBytes: 1024 ** 3,
  watchIntervalMs: 2000,
} as const;
const hourMs = 3_600_000;
const retiring = { false: 'keep', true: 'delete', tag: 'tag' } as const;

/** @param folder relative paths are relative to it */
export function convertSite(fields: SiteFields, folder: string): Site {
  const { StorageClass, FilePattern, Rotate, NoncurrentExpirationDays, ModifiedWithinHours, Workers } =
    fields;
  return {
    name: fields.Name,
    source: sourceOf(fields, folder),
    destination: destinationOf(fields),
    ...(StorageClass !== undefined && { storageClass: StorageClass }),
    // Rotation is deletion; what it leaves out of the bucket is part of the job.
    retireDeleted: retiring[`${fields.RetireDeleted ?? Rotate !== undefined}`],
    exclude: (fields.Exclude ?? []).map(compileExclude),
    ...(FilePattern !== undefined && { filePattern: FilePattern }),
    ...(Rotate !== undefined && { rotate: Rotate }),
    chunkSizeBytes: fields.ChunkSizeBytes ?? defaults.chunkSizeBytes,
    compare: fields.Compare ?? 'mtime',
    ...(ModifiedWithinHours !== undefined && { modifiedWithinMs: ModifiedWithinHours * hourMs }),
    ...(NoncurrentExpirationDays !== undefined && { noncurrentExpirationDays: NoncurrentExpirationDays }),
    ...(Workers !== undefined && { workers: Workers }),
    watchIntervalMs: fields.WatchIntervalMs ?? defaults.watchIntervalMs,
    symlinks: fields.Symlinks ?? 'skip',
  };
}

function sourceOf(fields: SiteFields, folder: string): SiteSource {
  if (fields.Path !== undefined) return { kind: 'directory', path: resolve(folder, fields.Path) };
  if (fields.SourceBucket === undefined) {
    const absolute = (paths: readonly string[] = []): string[] => paths.map((path) => resolve(folder, path));
    return { kind: 'folders', folders: absolute(fields.Folders), roots: absolute(fields.Roots) };
  }
  const own = credentialsOf(fields.AccessKey, fields.SecretKey);
  const location = locationOf(
    fields.SourceBucket,
    fields.SourceRegion ?? fields.Region ?? defaults.region,
    fields.SourceEndpoint,
    fields.ForcePathStyle,
    credentialsOf(fields.SourceAccessKey, fields.SourceSecretKey) ?? own,
  );
  return { kind: 'bucket', location, prefix: fields.SourcePrefix ?? '' };
}

function destinationOf(fields: SiteFields): SiteDestination {
  const location = locationOf(
    fields.Bucket ?? '',
    fields.Region ?? defaults.region,
    fields.Endpoint,
    fields.ForcePathStyle,
    credentialsOf(fields.AccessKey, fields.SecretKey),
  );
  return {
    location,
    ...(fields.BucketPerFolder !== undefined && { bucketPerFolder: fields.BucketPerFolder }),
    prefix: asFolder(fields.Prefix ?? ''),
  };
}

/** As a beginning of strings, `a` would be in the way of `ab/` (trap 8). */
export function asFolder(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}
