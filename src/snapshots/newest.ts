/** The newest snapshot that says how well a bucket is protected. */
import type { SnapshotRow } from '../catalogue/catalogue.ts';
import { UNDO_TAG } from './reference.ts';
import { countingRows, seriesOf } from './series.ts';

/**
 * Of the series that covers most of the bucket; complete, not flagged, not dated in the future, and not one that a restore took
 * of what it was about to overwrite.
 * @param rows of one bucket, the oldest first
 */
export function newestThatCounts(rows: readonly SnapshotRow[], nowMs: number): SnapshotRow | undefined {
  const usual = countingRows(rows, nowMs).filter(({ tags }) => !(UNDO_TAG in tags));
  const [broadest] = seriesOf(usual).sort((a, b) => prefixLength(a) - prefixLength(b));
  return broadest?.at(-1);
}

function prefixLength([first]: readonly SnapshotRow[]): number {
  return first?.prefix.length ?? 0;
}
