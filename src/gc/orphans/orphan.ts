import type { Entry } from '../../index/entry.ts';

/** A version that no snapshot names although it is history, or a delete marker with nothing beneath it. */
export interface Orphan extends Entry {
  isDeleteMarker: boolean;
}
