/** Which keys have got a newer version since: for snapshots that are neighbours. */
import { mix } from './hash.ts';

export interface Churn {
  seed: number;
  /** The share of keys that have a newer version. */
  rate: number;
  /** Keys here and there, or whole runs of 4,096 neighbours. */
  pattern: 'uniform' | 'clustered';
  /** `LastModified` of the newer versions. */
  atMs: number;
}

const RUN_KEYS = 4096;

export function isChurned(churn: Churn, index: number): boolean {
  const unit = churn.pattern === 'clustered' ? Math.floor(index / RUN_KEYS) : index;
  return mix(unit, churn.seed + 101) < churn.rate * 2 ** 32;
}
