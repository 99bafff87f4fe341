/** The versions of one key in memory, oldest first, so that the common change is at the end of the array. */
import { firstIndexWhere } from './key-order.ts';
import type { KeyVersions, StoredVersion } from './version.ts';

export class KeyRecord implements KeyVersions {
  readonly key: string;
  readonly #versions: StoredVersion[] = [];
  /** Where deleted versions stood: a listing may go on after a version that was deleted in between. */
  #deletedOrders: Map<string, number> | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get count(): number {
    return this.#versions.length;
  }

  get current(): StoredVersion | undefined {
    return this.#versions.at(-1);
  }

  at(index: number): StoredVersion {
    const version = this.#versions[this.#versions.length - 1 - index];
    if (version === undefined) throw new RangeError(`no version ${index} of ${this.key}`);
    return version;
  }

  find(versionId: string): StoredVersion | undefined {
    return this.#versions.findLast((version) => version.versionId === versionId);
  }

  countUpTo(versionId: string): number | undefined {
    const order = this.find(versionId)?.order ?? this.#deletedOrders?.get(versionId);
    if (order === undefined) return undefined;
    const versions = this.#versions;
    return (
      versions.length - firstIndexWhere(versions.length, (i) => (versions[i] as StoredVersion).order >= order)
    );
  }

  /** Puts it where its order says: a multipart upload may be older than what is there already (trap 1). */
  insert(version: StoredVersion): void {
    let place = this.#versions.length;
    while (place > 0 && (this.#versions[place - 1] as StoredVersion).order > version.order) place--;
    this.#versions.splice(place, 0, version);
  }

  /** The order of a version that was made at `timeMs`: just before the first one that is newer. */
  orderByTime(timeMs: number, newestOrder: number): number {
    const newer = this.#versions.findIndex((version) => version.lastModifiedMs > timeMs);
    if (newer === -1) return newestOrder;
    const above = (this.#versions[newer] as StoredVersion).order;
    const below = this.#versions[newer - 1]?.order ?? above - 1;
    return (above + below) / 2;
  }

  remove(versionId: string): StoredVersion | undefined {
    const index = this.#versions.findIndex((version) => version.versionId === versionId);
    const removed = this.#versions[index];
    if (removed === undefined) return undefined;
    this.#versions.splice(index, 1);
    (this.#deletedOrders ??= new Map()).set(versionId, removed.order);
    return removed;
  }
}
