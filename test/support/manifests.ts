import type { Manifest } from '../../src/index/manifest.ts';

/** A manifest without ranges. */
export function manifestOf(snapshot: string, changes: Partial<Manifest> = {}): Manifest {
  const asOf = snapshot.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z.*$/, '$1-$2-$3T$4:$5:$6.000Z');
  return {
    format: 1,
    snapshot,
    set: 'default',
    bucket: 'slave',
    prefix: '',
    asOf,
    listingStartedAt: asOf,
    listingEndedAt: asOf,
    createdAt: asOf,
    keys: 0,
    bytes: 0,
    requests: 1,
    state: 'complete',
    held: false,
    tags: {},
    note: '',
    flags: [],
    cutBits: 14,
    ranges: [],
    ...changes,
  };
}
