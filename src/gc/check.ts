/**
 * Check: what the bucket says of the candidates now, right before they are deleted. Their keys are listed afresh,
 * jumping from one to the next, so that few candidates cost few requests and dense ones share a page.
 */
import { compareKeys } from '../key-order.ts';
import type { GcBucket } from './bucket.ts';
import type { Candidate } from './candidates.ts';
import { markerBefore } from './marker-before.ts';
import { findingFor, isWitness, type Checked } from './safety.ts';

export interface CheckOptions {
  /** Younger versions stay. */
  bornUpToMs: number;
  /** Called after each jump; where it says so, the check ends with what it has found until then. */
  isTimeUp: () => boolean;
  signal: AbortSignal;
}

/** Candidates that lie far apart need a few versions each; of dense ones a page holds many. */
const fewVersions = 50;
const fullPage = 1000;

/**
 * What the bucket says of each candidate, in their order: of all of them, or of the first ones, at least one, where time was up.
 * @param candidates sorted by key, no key twice
 */
export async function checkCandidates(
  candidates: readonly Candidate[],
  bucket: Pick<GcBucket, 'listVersions'>,
  options: CheckOptions,
): Promise<Checked[]> {
  const checked: Checked[] = candidates.map(() => ({ finding: 'missing' }));
  let next = 0;
  let pageSize = fullPage;
  do {
    const decided = await checkFrom(candidates, next, checked, bucket, pageSize, options);
    pageSize = decided - next === 1 ? fewVersions : fullPage;
    next = decided;
  } while (next < candidates.length && !(next > 0 && options.isTimeUp()));
  return checked.slice(0, next);
}

/** Lists from the candidate at `start` on, as long as the pages hold candidates. Returns the first not decided. */
async function checkFrom(
  candidates: readonly Candidate[],
  start: number,
  checked: Checked[],
  bucket: Pick<GcBucket, 'listVersions'>,
  pageSize: number,
  { bornUpToMs, signal }: CheckOptions,
): Promise<number> {
  const first = candidates[start];
  if (first === undefined) return candidates.length;
  let next = start;
  const listing = { after: markerBefore(first.key), pageSize };
  for await (const page of bucket.listVersions(listing, { signal })) {
    for (const version of page.versions) {
      next = skipBefore(candidates, next, version.key);
      const candidate = candidates[next];
      if (candidate === undefined) return next;
      if (candidate.key !== version.key) continue;
      const finding = findingFor(candidate, version, bornUpToMs);
      if (finding !== undefined) checked[next] = { ...checked[next], ...finding };
      if (isWitness(candidate, version))
        checked[next] = { finding: 'missing', ...checked[next], isWitnessed: true };
    }
    if (!page.isTruncated) break;
    // A key with many versions, after all: not in small pages.
    if (next === start && pageSize === fewVersions) return start;
    // A page may end within the versions of a key: its next page is needed. Else jump to the next candidate.
    const lastKey = page.versions.at(-1)?.key;
    if (lastKey !== undefined && lastKey !== candidates[next]?.key && next > start) return next;
  }
  return candidates.length;
}

/** The first candidate from `index` on whose key is not before `key`; what lies before is decided. */
function skipBefore(candidates: readonly Candidate[], index: number, key: string): number {
  let next = index;
  for (;;) {
    const candidate = candidates[next];
    if (candidate === undefined || compareKeys(candidate.key, key) >= 0) return next;
    next += 1;
  }
}
