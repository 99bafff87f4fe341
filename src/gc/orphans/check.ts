/** Check: which of the marked orphans are history still, by a listing of their keys right before they are deleted. */
import type { GcBucket } from '../bucket.ts';
import { listKeys } from '../list-keys.ts';
import type { Coverage } from './coverage.ts';
import { KeyHistory } from './key-history.ts';
import type { Orphan } from './orphan.ts';

export interface CheckedOrphans {
  /** So many of them, from the first on, were checked. */
  checked: number;
  /** These may be deleted, in their order, with the storage class of now. */
  deletable: Orphan[];
}

/**
 * @param orphans by key; several of one key may be there
 * @returns all of them, or those of the first keys, at least of one, where time was up
 */
export async function checkOrphans(
  orphans: readonly Orphan[],
  bucket: Pick<GcBucket, 'listVersions'>,
  coverage: Coverage,
  { isTimeUp, signal }: { isTimeUp: () => boolean; signal: AbortSignal },
): Promise<CheckedOrphans> {
  const groups = [...Map.groupBy(orphans, ({ key }) => key)].map(([key, marked]) => ({ key, marked }));
  const histories = groups.map(({ key, marked }) => new KeyCheck(key, marked, coverage));
  const keys = groups.map(({ key }) => key);
  const count = await listKeys(keys, bucket, {
    isTimeUp,
    signal,
    onBegin: (index) => histories[index]?.begin(),
    onVersion: (index, version) => histories[index]?.push(version),
  });
  const listed = histories.slice(0, count);
  return {
    checked: listed.reduce((sum, { marked }) => sum + marked.length, 0),
    deletable: listed.flatMap((check) => check.finish()),
  };
}

class KeyCheck {
  readonly marked: readonly Orphan[];
  readonly #key: string;
  readonly #ids: ReadonlySet<string>;
  readonly #coverage: Coverage;
  #history: KeyHistory | undefined;
  #still: Orphan[] = [];

  constructor(key: string, marked: readonly Orphan[], coverage: Coverage) {
    this.marked = marked;
    this.#key = key;
    this.#ids = new Set(marked.map(identityOf));
    this.#coverage = coverage;
    this.begin();
  }

  begin(): void {
    this.#still = [];
    const horizons = this.#coverage.horizonsOf(this.#key);
    if (horizons === undefined) return;
    // Which moments showed it, the mark has seen: by now what had superseded it may be gone, with an obsolete snapshot.
    this.#history = new KeyHistory({ ...horizons, hasSnapshotIn: () => false }, (orphan) => {
      if (this.#ids.has(identityOf(orphan))) this.#still.push(orphan);
    });
  }

  push(version: Parameters<KeyHistory['push']>[0]): void {
    this.#history?.push(version);
  }

  finish(): Orphan[] {
    this.#history?.finish();
    // A key whose listing turned out to be of a moment in which it changed: nothing of it.
    return this.#history?.isClear === true ? this.#still : [];
  }
}

/** With what it is as well: `null` versions are overwritten in place (trap 6). */
function identityOf({ versionId, isDeleteMarker, etag, sizeBytes, lastModifiedMs }: Orphan): string {
  return JSON.stringify([versionId, isDeleteMarker, etag, sizeBytes, lastModifiedMs]);
}
