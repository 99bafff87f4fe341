/**
 * Check: what the bucket says of the candidates now, right before they are deleted. Their keys are listed afresh,
 * jumping from one to the next, so that few candidates cost few requests and dense ones share a page.
 */
import type { Entry } from '../index/entry.ts';
import { isSameVersion } from '../index/version-identity.ts';
import { compareKeys } from '../key-order.ts';
import type { ListedVersion } from '../s3/types.ts';
import type { GcBucket } from './bucket.ts';
import { markerBefore } from './marker-before.ts';

/**
 * `deletable`: there, and not the current version. `current`: the current version of its key, which is never deleted.
 * `missing`: gone already; or a `null` version that was overwritten since, which is another object (trap 6).
 */
export type Finding = 'deletable' | 'current' | 'missing';

/**
 * The finding for each candidate, in their order.
 * @param candidates sorted by key, no key twice
 */
export async function checkCandidates(
  candidates: readonly Entry[],
  bucket: Pick<GcBucket, 'listVersions'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = candidates.map(() => 'missing');
  let next = 0;
  while (next < candidates.length) {
    next = await checkFrom(candidates, next, findings, bucket, signal);
  }
  return findings;
}

/** Lists from the candidate at `start` on, as long as the pages hold candidates. Returns the first not decided. */
async function checkFrom(
  candidates: readonly Entry[],
  start: number,
  findings: Finding[],
  bucket: Pick<GcBucket, 'listVersions'>,
  signal: AbortSignal,
): Promise<number> {
  const first = candidates[start];
  if (first === undefined) return candidates.length;
  let next = start;
  for await (const page of bucket.listVersions({ after: markerBefore(first.key) }, { signal })) {
    for (const version of page.versions) {
      next = skipBefore(candidates, next, version.key);
      const candidate = candidates[next];
      if (candidate === undefined) return next;
      if (candidate.key === version.key) noteFinding(findings, next, candidate, version);
    }
    // A page may end within the versions of a key: its next page is needed. Else jump to the next candidate.
    const lastKey = page.versions.at(-1)?.key;
    if (page.isTruncated && lastKey !== undefined && lastKey !== candidates[next]?.key && next > start)
      return next;
  }
  return candidates.length;
}

/** The first candidate from `index` on whose key is not before `key`; what lies before is decided. */
function skipBefore(candidates: readonly Entry[], index: number, key: string): number {
  let next = index;
  for (;;) {
    const candidate = candidates[next];
    if (candidate === undefined || compareKeys(candidate.key, key) >= 0) return next;
    next += 1;
  }
}

function noteFinding(findings: Finding[], index: number, candidate: Entry, version: ListedVersion): void {
  if (version.isDeleteMarker || !isSameVersion(candidate, version)) return;
  findings[index] = version.isLatest ? 'current' : 'deletable';
}
