/**
 * Whether what is in the master has come to the slave: a sample of the first keys, as a look at all would take as long as a
 * snapshot does.
 */
import type { ListedVersion } from '../s3/types.ts';
import { compareKeys } from '../key-order.ts';
import type { DoctorBucket } from './bucket.ts';
import { pass, warn, type Check } from './check.ts';

/** What is younger may still be on its way; S3 promises most objects within that time. */
const graceMs = 15 * 60_000;
const sampleSize = 1000;
/** Versions of one key can fill many pages; the sample then ends where these do. */
const mostPages = 5;

export interface ArrivalOptions {
  /** Of the replication rule. */
  prefix: string;
  /** Another program may give objects other ids and etags: then their size has to do. */
  bySize: boolean;
  nowMs: number;
}

export async function checkArrival(
  master: DoctorBucket,
  slave: DoctorBucket,
  { prefix, bySize, nowMs }: ArrivalOptions,
  signal: AbortSignal,
): Promise<Check[]> {
  const id = 'replication-lag';
  const wanted = await currentOf(master, { prefix }, signal);
  const present = await currentOf(slave, { prefix }, signal);
  const end = earlier(wanted.end, present.end);
  const isInSample = (version: ListedVersion): boolean =>
    nowMs - version.lastModifiedMs > graceMs && (end === undefined || compareKeys(version.key, end) < 0);
  const sample = [...wanted.versions.values()].filter(isInSample);
  const late = sample.filter((version) => !hasArrived(version, present.versions.get(version.key), bySize));
  const first = late[0];
  if (first !== undefined) {
    const message = `${late.length} of ${sample.length} objects of ${master.name} that were looked at are not in ${slave.name} as they are there, the first: ${JSON.stringify(first.key)}.`;
    return [
      warn(
        id,
        message,
        'Look at the replication status of that object. Snapshots hold only what has arrived.',
      ),
    ];
  }
  return [
    pass(id, `${sample.length} objects of ${master.name} were looked at: all have come to ${slave.name}.`),
  ];
}

function hasArrived(version: ListedVersion, there: ListedVersion | undefined, bySize: boolean): boolean {
  if (there === undefined) return false;
  const isSame = there.versionId === version.versionId || there.etag === version.etag;
  return isSame || (bySize && there.sizeBytes === version.sizeBytes);
}

/** The current versions of the first keys; `end` is the key at which it stopped, undefined where those are all. */
async function currentOf(
  bucket: DoctorBucket,
  listing: { prefix: string },
  signal: AbortSignal,
): Promise<{ versions: Map<string, ListedVersion>; end: string | undefined }> {
  const versions = new Map<string, ListedVersion>();
  let pages = 0;
  for await (const page of bucket.listVersions(listing, { signal })) {
    for (const version of page.versions) {
      if (version.isLatest && !version.isDeleteMarker) versions.set(version.key, version);
    }
    pages += 1;
    if (page.isTruncated && (pages === mostPages || versions.size >= sampleSize)) {
      return { versions, end: page.versions.at(-1)?.key };
    }
  }
  return { versions, end: undefined };
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a, b) <= 0 ? a : b;
}
