/**
 * What of a key's versions is history, from one listing of all of them. It is the one place that says so: the mark and the check
 * right before the deletion both ask it.
 *
 * History is what was superseded by a moment in the past, the horizon, which is not after the newest snapshot that covers the key.
 * No moment from the horizon on can have it as its current version: neither now, nor for a snapshot `--at` any of these moments.
 * What was current at the moment of a snapshot is spared as well, by its times alone: the snapshot names it, or ought to.
 * What is left is an orphan if no snapshot names it all the same, which is for others to say (named.ts).
 *
 * A delete marker with nothing but markers beneath it hides nothing: the key reads as deleted without it, at every moment.
 */
import { toEntry, wholeSecondMs } from '../../snapshot/as-of.ts';
import type { ListedVersion } from '../../s3/types.ts';
import type { Orphan } from './orphan.ts';

export interface Horizons {
  /** A version has to be superseded by then. Milliseconds since the epoch. */
  versionsMs: number;
  /** A delete marker has to be as old. */
  markersMs: number;
  /** Whether the as-of time of any snapshot of the key lies in `[fromMs, beforeMs)`. */
  hasSnapshotIn: (fromMs: number, beforeMs: number) => boolean;
}

/** Markers of one key that are remembered: what is beyond is for the next run. */
const mostMarkers = 10_000;

export class KeyHistory {
  readonly #horizons: Horizons;
  readonly #found: (orphan: Orphan) => void;
  /** Its listing begins with the current version. Where not, the store lists the oldest first, or the key changes right now. */
  #isClear = false;
  #hasBegun = false;
  /** Whole second of the oldest that lies above: since then none below is current. */
  #supersededMs = Infinity;
  #bottomMarkers: ListedVersion[] = [];

  /** @param found called with what is history, the newest first; with delete markers only at the end */
  constructor(horizons: Horizons, found: (orphan: Orphan) => void) {
    this.#horizons = horizons;
    this.#found = found;
  }

  /** False where nothing can be said of the key, so that nothing of it is deleted. */
  get isClear(): boolean {
    return this.#isClear;
  }

  /** @param version the next one of the key, in the order of the listing */
  push(version: ListedVersion): void {
    if (!this.#hasBegun) this.#isClear = version.isLatest;
    else if (version.isLatest) this.#isClear = false;
    this.#hasBegun = true;
    if (!version.isDeleteMarker) this.#bottomMarkers = [];
    if (!this.#isClear) return;
    if (version.isDeleteMarker) this.#keepMarker(version);
    else if (this.#isHistory(version)) this.#found({ ...toEntry(version), isDeleteMarker: false });
    this.#supersededMs = Math.min(this.#supersededMs, wholeSecondMs(version.lastModifiedMs));
  }

  /** All versions of the key have been pushed. */
  finish(): void {
    if (!this.#isClear) return;
    for (const marker of this.#bottomMarkers) this.#found({ ...toEntry(marker), isDeleteMarker: true });
  }

  /** Whole seconds, as a snapshot takes them: all versions of its as-of second belong to it (traps 3 and 33). */
  #isHistory({ lastModifiedMs }: ListedVersion): boolean {
    const { versionsMs, hasSnapshotIn } = this.#horizons;
    const bornMs = wholeSecondMs(lastModifiedMs);
    if (this.#supersededMs > versionsMs || bornMs > versionsMs) return false;
    return !hasSnapshotIn(bornMs, this.#supersededMs);
  }

  #keepMarker(marker: ListedVersion): void {
    if (wholeSecondMs(marker.lastModifiedMs) > this.#horizons.markersMs) return;
    if (this.#bottomMarkers.length < mostMarkers) this.#bottomMarkers.push(marker);
  }
}
