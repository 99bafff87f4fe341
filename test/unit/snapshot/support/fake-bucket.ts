/** A bucket of sorted versions in memory that is listed as the S3 layer lists one, with answers that come when they like. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { compareKeys } from '../../../../src/key-order.ts';
import type { ListVersionsOptions } from '../../../../src/s3/open-bucket.ts';
import type { ListedVersion, VersionListing } from '../../../../src/s3/types.ts';
import { VersionTable, type VersionRows } from '../../../../src/s3/version-table.ts';
import type { SnapshotBucket } from '../../../../src/snapshot/bucket.ts';

export interface FakeBucketOptions {
  versions: readonly ListedVersion[];
  /** How many turns of the event loop an answer takes. */
  turns?: () => number;
  /** What the answer to a request is worth: a throw here is the request's. */
  onRequest?: (count: number) => void;
}

export class FakeBucket implements SnapshotBucket {
  readonly name = 'slave';
  readonly region = 'us-east-1';
  readonly endpoint = '';
  requests = 0;
  inFlight = 0;
  mostInFlight = 0;
  readonly #options: FakeBucketOptions;

  constructor(options: FakeBucketOptions) {
    this.#options = options;
  }

  async versioning() {
    return 'enabled' as const;
  }

  async serverTimeMs(): Promise<number> {
    return Date.UTC(2026, 10, 21, 4);
  }

  async lifecycleRules() {
    return [];
  }

  async *listVersionRows(
    listing: Omit<VersionListing, 'bucket'>,
    { signal, onRequest, onAnswer }: ListVersionsOptions,
  ): AsyncGenerator<VersionRows> {
    const { prefix = '', after, upTo, pageSize = 1000 } = listing;
    const { versions } = this.#options;
    let at = after === undefined ? 0 : firstAfter(versions, after);
    while (at < versions.length && !versions[at]!.key.startsWith(prefix)) at++;
    for (let isTruncated = true; isTruncated;) {
      signal?.throwIfAborted();
      await this.#answer(onRequest, onAnswer);
      const page: ListedVersion[] = [];
      for (; at < versions.length && page.length < pageSize; at++) {
        const version = versions[at]!;
        if (!version.key.startsWith(prefix)) break;
        page.push(version);
      }
      const next = versions[at];
      const reachesOn = next?.key.startsWith(prefix) ?? false;
      const wanted = upTo === undefined ? page : page.filter(({ key }) => compareKeys(key, upTo) <= 0);
      isTruncated = reachesOn && wanted.length === page.length;
      const table = VersionTable.of(wanted);
      yield { table, from: 0, to: table.rows, commonPrefixes: [], isTruncated };
    }
  }

  async #answer(onRequest?: () => void, onAnswer?: (statusCode: number) => void): Promise<void> {
    onRequest?.();
    this.requests += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    for (let turn = this.#options.turns?.() ?? 0; turn > 0; turn--) await nextTurn();
    this.inFlight -= 1;
    this.#options.onRequest?.(this.requests);
    onAnswer?.(200);
  }
}

function firstAfter(versions: readonly ListedVersion[], key: string): number {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(versions[middle]!.key, key) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function versionOf(key: string, changes: Partial<ListedVersion> = {}): ListedVersion {
  return {
    key,
    versionId: `v-${key}`,
    isLatest: true,
    isDeleteMarker: false,
    lastModifiedMs: 1_000,
    etag: 'e',
    sizeBytes: key.length,
    storageClass: 'STANDARD',
    ...changes,
  };
}
