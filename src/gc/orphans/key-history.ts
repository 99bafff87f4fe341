/**
 * What of a key's versions is history, from one listing of all of them. It is the one place that says so: the mark and the check
 * right before the deletion both ask it.
 *
 * History is what was superseded by a moment in the past, the horizon, which is not after the newest snapshot that covers the key.
 * No moment from the horizon on can have it as its current version: neither now, nor for a snapshot `--at` any of these moments.
 * Versions that are history are orphans if no snapshot names them, which is for others to say (named.ts).
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
}

/** Markers of one key that are remembered: what is beyond is for the next run. */
const mostMarkers = 10_000;

export class KeyHistory {
  readonly #horizons: Horizons;
  readonly #found: (orphan: Orphan) => void;
  /** Its listing begins with the current version. Where not, the store lists the oldest first, or the key changes right now. */
  #isClear = false;
  #hasBegun = false;
  /** Something above had taken the place of all below by the horizon. */
  #isSuperseded = false;
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
    const isOld = this.#isUpTo(version, this.#horizons.versionsMs);
    if (version.isDeleteMarker) this.#keepMarker(version);
    else if (this.#isSuperseded && isOld) this.#found({ ...toEntry(version), isDeleteMarker: false });
    this.#isSuperseded ||= isOld;
  }

  /** All versions of the key have been pushed. */
  finish(): void {
    if (!this.#isClear) return;
    for (const marker of this.#bottomMarkers) this.#found({ ...toEntry(marker), isDeleteMarker: true });
  }

  #keepMarker(marker: ListedVersion): void {
    if (!this.#isUpTo(marker, this.#horizons.markersMs)) return;
    if (this.#bottomMarkers.length < mostMarkers) this.#bottomMarkers.push(marker);
  }

  /** Whole seconds, as a snapshot takes them: all versions of its as-of second belong to it (traps 3 and 33). */
  #isUpTo({ lastModifiedMs }: ListedVersion, horizonMs: number): boolean {
    return wholeSecondMs(lastModifiedMs) <= horizonMs;
  }
}
