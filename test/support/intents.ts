import type { SnapshotIntent } from '../../src/snapshots/unfinished.ts';
import { manifestOf } from './manifests.ts';

/** What an unfinished snapshot of that name was begun with. */
export function intentOf(snapshot: string, bucket = 'slave'): SnapshotIntent {
  const { set, prefix, asOf, listingStartedAt, held, tags, note, cutBits } = manifestOf(snapshot);
  return {
    format: 2,
    snapshot,
    bucket,
    endpoint: '',
    set,
    prefix,
    asOf,
    listingStartedAt,
    held,
    tags,
    note,
    cutBits,
  };
}
