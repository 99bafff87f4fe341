/** The entries of a snapshot beside a listing of all versions, both by key: which of them the bucket does not have. */
import type { Entry } from '../index/entry.ts';
import { NULL_VERSION_ID, isSameVersion } from '../index/version-identity.ts';
import { compareKeys } from '../key-order.ts';
import type { ListedVersion, VersionPage } from '../s3/types.ts';

export interface MissingVersion {
  key: string;
  versionId: string;
  /** `overwritten`: there is a `null` version, but another one (trap 6). */
  reason: 'missing' | 'overwritten';
}

/** So many entries were decided since the last step, and these of them are missing. */
export interface Decided {
  entries: number;
  missing: MissingVersion[];
}

/** The listing is read no further than the last entry. A key's versions may fill many pages (trap 7). */
export async function* findMissing(
  entries: AsyncIterable<readonly Entry[]>,
  pages: AsyncIterable<VersionPage>,
): AsyncGenerator<Decided> {
  const walk = new EntryWalk(entries);
  try {
    await walk.fill();
    if (!walk.hasEnded) {
      for await (const page of pages) {
        await compare(walk, page.versions);
        yield walk.takeDecided();
        if (walk.hasEnded) return;
      }
    }
    while (!walk.hasEnded) {
      walk.decide();
      if (walk.isDrained) {
        await walk.fill();
        yield walk.takeDecided();
      }
    }
  } finally {
    await walk.end();
  }
}

async function compare(walk: EntryWalk, versions: readonly ListedVersion[]): Promise<void> {
  for (const version of versions) {
    while (walk.isBefore(version.key)) {
      walk.decide();
      if (walk.isDrained) await walk.fill();
    }
    walk.see(version);
  }
}

/** Goes through the entries; the present one is decided once the listing has gone beyond its key. */
class EntryWalk {
  readonly #iterator: AsyncIterator<readonly Entry[]>;
  #batch: readonly Entry[] = [];
  #position = 0;
  #isFound = false;
  #isOverwritten = false;
  #decided: Decided = { entries: 0, missing: [] };
  hasEnded = false;

  constructor(entries: AsyncIterable<readonly Entry[]>) {
    this.#iterator = entries[Symbol.asyncIterator]();
  }

  get #next(): Entry | undefined {
    return this.#batch[this.#position];
  }

  /** The batch is used up; there may be more. */
  get isDrained(): boolean {
    return this.#next === undefined && !this.hasEnded;
  }

  async fill(): Promise<void> {
    while (this.isDrained) {
      const result = await this.#iterator.next();
      this.hasEnded = result.done === true;
      if (result.done === true) return;
      this.#batch = result.value;
      this.#position = 0;
    }
  }

  isBefore(key: string): boolean {
    const entry = this.#next;
    return entry !== undefined && entry.key !== key && compareKeys(entry.key, key) < 0;
  }

  see(version: ListedVersion): void {
    const entry = this.#next;
    if (entry?.key !== version.key || version.isDeleteMarker) return;
    if (isSameVersion(entry, version)) this.#isFound = true;
    else if (version.versionId === NULL_VERSION_ID && entry.versionId === NULL_VERSION_ID) {
      this.#isOverwritten = true;
    }
  }

  /** The present entry is as far as the listing says, and the next one's turn has come. */
  decide(): void {
    const entry = this.#next;
    if (entry === undefined) return;
    this.#decided.entries += 1;
    if (!this.#isFound) {
      const reason = this.#isOverwritten ? 'overwritten' : 'missing';
      this.#decided.missing.push({ key: entry.key, versionId: entry.versionId, reason });
    }
    this.#position += 1;
    this.#isFound = false;
    this.#isOverwritten = false;
  }

  takeDecided(): Decided {
    const decided = this.#decided;
    this.#decided = { entries: 0, missing: [] };
    return decided;
  }

  async end(): Promise<void> {
    this.hasEnded = true;
    await this.#iterator.return?.();
  }
}
