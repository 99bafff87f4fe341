/** What is measured, in the two modes. */
import type { Layout } from '../src/s3-embedded/synthetic/layouts.ts';

export interface BenchPlan {
  mode: 'full' | 'quick';
  repeats: number;
  /** Buckets on which all programs are compared: so many keys that no program is measured while it warms up. */
  peerKeys: number;
  /** The slowest takes minutes for each. */
  peerRepeats: number;
  /** The same snapshot on ever larger buckets. */
  scaleKeys: readonly number[];
  scaleRepeats: number;
  /** Each layout, with each number of workers and each latency. */
  layouts: readonly Layout[];
  layoutKeys: number;
  layoutRepeats: number;
  workers: readonly number[];
  latenciesMs: readonly number[];
  /** Each layout once more, so large that start and end count for little, with all workers and latency; 0: not. */
  busyKeys: number;
  /** In thirty daily snapshots, in each layout of the changes. */
  gcKeys: number;
  /** Versions that gc deletes. */
  deletions: readonly number[];
  /** Keys in the bucket on radosgw; 0: not measured there. */
  radosgwKeys: number;
}

const ALL_LAYOUTS: Layout[] = ['flat', 'uuid', 'dates', 'skewed', 'longprefix', 'manyversions', 'unicode'];

export const FULL: BenchPlan = {
  mode: 'full',
  repeats: 3,
  peerKeys: 1_000_000,
  peerRepeats: 1,
  scaleKeys: [1_000_000, 10_000_000],
  scaleRepeats: 3,
  layouts: ALL_LAYOUTS,
  layoutKeys: 1_000_000,
  layoutRepeats: 1,
  workers: [1, 16, 64],
  latenciesMs: [0, 30],
  busyKeys: 10_000_000,
  gcKeys: 1_000_000,
  deletions: [100_000, 1_000_000],
  radosgwKeys: 20_000,
};

export const QUICK: BenchPlan = {
  mode: 'quick',
  repeats: 3,
  peerKeys: 20_000,
  peerRepeats: 3,
  scaleKeys: [1_000_000],
  scaleRepeats: 1,
  layouts: ALL_LAYOUTS,
  layoutKeys: 100_000,
  layoutRepeats: 1,
  workers: [16],
  latenciesMs: [0, 30],
  busyKeys: 0,
  gcKeys: 200_000,
  deletions: [50_000],
  radosgwKeys: 0,
};

/** After all times that the synthetic buckets know, which are of 2024. */
export const PAST_MOMENT = '2026-01-01T00:00:00Z';

/** Beside its keys, the layout with many versions has this many versions of one key. */
const MANY_VERSIONS = 100_000;

/** Versions that a listing of a synthetic bucket shows. */
export function versionsIn(layout: Layout, keys: number): number {
  return layout === 'manyversions' ? keys + MANY_VERSIONS - 1 : keys;
}
