/** Check: what the bucket says of the candidates now, right before they are deleted. */
import type { GcBucket } from './bucket.ts';
import type { Candidate } from './candidates.ts';
import { listKeys } from './list-keys.ts';
import { findingFor, isWitness, type Checked } from './safety.ts';

export interface CheckOptions {
  /** Younger versions stay. */
  bornUpToMs: number;
  /** Called after each jump; where it says so, the check ends with what it has found until then. */
  isTimeUp: () => boolean;
  signal: AbortSignal;
}

/**
 * What the bucket says of each candidate, in their order: of all of them, or of the first ones, at least one, where time was up.
 * @param candidates sorted by key, no key twice
 */
export async function checkCandidates(
  candidates: readonly Candidate[],
  bucket: Pick<GcBucket, 'listVersions'>,
  { bornUpToMs, isTimeUp, signal }: CheckOptions,
): Promise<Checked[]> {
  const checked: Checked[] = candidates.map(() => ({ finding: 'missing' }));
  const keys = candidates.map(({ key }) => key);
  const count = await listKeys(keys, bucket, {
    isTimeUp,
    signal,
    onVersion: (index, version) => {
      const candidate = candidates[index];
      const before = checked[index];
      if (candidate === undefined || before === undefined) return;
      const finding = findingFor(candidate, version, bornUpToMs);
      const isWitnessed = before.isWitnessed === true || isWitness(candidate, version);
      checked[index] = { ...before, ...finding, ...(isWitnessed && { isWitnessed }) };
    },
  });
  return checked.slice(0, count);
}
