/**
 * Old entries beside one listing of all versions of the bucket: what the old files do not say (etag, storage class), and which of
 * their versions are gone. Both are sorted by key; of a key that the file holds twice, one version is taken.
 */
import type { Entry } from '../index/entry.ts';
import { NULL_VERSION_ID } from '../index/version-identity.ts';
import { compareKeys } from '../key-order.ts';
import type { OldEntry, Unusable } from './old-entry.ts';

/** A version of the listing, without delete markers. */
export type ListedEntry = Entry;

export type Completed =
  /** `missing`: the bucket does not have this version any more; the entry is what the file says of it. */
  | { kind: 'entry'; entry: Entry; isMissing: boolean }
  /** The same version stands there twice. */
  | { kind: 'duplicate' }
  | ({ kind: 'unusable' } & Unusable);

/** @param old by `compareOldEntries`; @param listed by key */
export async function* completeEntries(
  old: AsyncIterable<OldEntry>,
  listed: AsyncIterable<ListedEntry>,
): AsyncGenerator<Completed> {
  const listing = new ListingWalk(listed);
  let last: OldEntry | undefined;
  try {
    for await (const entry of old) {
      if (last?.key === entry.key) {
        yield last.versionId === entry.versionId ? { kind: 'duplicate' } : anotherOf(entry, last);
        continue;
      }
      last = entry;
      yield completed(entry, await listing.find(entry));
    }
  } finally {
    await listing.end();
  }
}

function completed(old: OldEntry, found: ListedEntry | undefined): Completed {
  const { key, versionId, sizeBytes, lastModifiedMs } = old;
  // As it is listed, so that it is the same line as in a snapshot of our own, and shares its range.
  if (found !== undefined) return { kind: 'entry', entry: found, isMissing: false };
  if (sizeBytes === undefined || lastModifiedMs === undefined) {
    const reason = 'the bucket does not have it any more, and the file lacks its Size or LastModified';
    return { kind: 'unusable', key, versionId, reason };
  }
  const entry = { key, versionId, sizeBytes, lastModifiedMs, etag: '', storageClass: '' };
  return { kind: 'entry', entry, isMissing: true };
}

function anotherOf({ key, versionId }: OldEntry, taken: OldEntry): Completed {
  const reason = `a newer version of the key stands in the file too, and was taken: ${taken.versionId}`;
  return { kind: 'unusable', key, versionId, reason };
}

/** Looks versions up in a listing, forwards only: the versions of a key may fill many pages (trap 7). */
class ListingWalk {
  readonly #iterator: AsyncIterator<ListedEntry>;
  #present: ListedEntry | undefined;
  #hasBegun = false;

  constructor(listed: AsyncIterable<ListedEntry>) {
    this.#iterator = listed[Symbol.asyncIterator]();
  }

  async find(old: OldEntry): Promise<ListedEntry | undefined> {
    if (!this.#hasBegun) await this.#step();
    this.#hasBegun = true;
    while (this.#present !== undefined && compareKeys(this.#present.key, old.key) < 0) await this.#step();
    while (this.#present?.key === old.key) {
      if (isVersionOf(old, this.#present)) return this.#present;
      await this.#step();
    }
    return undefined;
  }

  async end(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #step(): Promise<void> {
    const next = await this.#iterator.next();
    this.#present = next.done === true ? undefined : next.value;
  }
}

/** A `null` version is overwritten in place under its id: size and time must be the file's (trap 6). */
function isVersionOf(old: OldEntry, listed: ListedEntry): boolean {
  if (old.versionId !== listed.versionId) return false;
  if (old.versionId !== NULL_VERSION_ID) return true;
  const secondOf = (timeMs: number): number => Math.floor(timeMs / 1000);
  return (
    old.sizeBytes === listed.sizeBytes &&
    old.lastModifiedMs !== undefined &&
    secondOf(old.lastModifiedMs) === secondOf(listed.lastModifiedMs)
  );
}
