/**
 * A series: the snapshots of one bucket and prefix. Only within a series do snapshots stand in for each other, so
 * retention judges each series by itself: a flood of snapshots of one folder pushes out none of the whole bucket.
 */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import {
  counts,
  decideRetention,
  type RetentionCandidate,
  type RetentionRules,
  type Verdict,
} from '../retention/decide.ts';

/** The verdict on every snapshot, by name. */
export function decideAll(rows: readonly SnapshotRow[], rules: RetentionRules): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const series of seriesOf(rows)) {
    for (const verdict of decideRetention(series.map(candidateOf), rules)) {
      verdicts.set(verdict.name, verdict);
    }
  }
  return verdicts;
}

function candidateOf(row: SnapshotRow): RetentionCandidate {
  return {
    name: row.name,
    asOfMs: Date.parse(row.asOf),
    state: row.state,
    held: row.held,
    flagged: row.flags.length > 0,
    tags: row.tags,
  };
}

/** Those that count toward the minimum redundancy. */
export function countingRows(rows: readonly SnapshotRow[], nowMs: number): SnapshotRow[] {
  return rows.filter((row) => counts(candidateOf(row), nowMs));
}

/** The rows of each series, in the order in which they are given. */
export function seriesOf(rows: readonly SnapshotRow[]): SnapshotRow[][] {
  return [...Map.groupBy(rows, (row) => JSON.stringify([row.bucket, row.prefix])).values()];
}
