/** One tree and where it goes, with all that a sync of it works with. */
import type { Site } from '../config/config.ts';
import { BackupError } from '../errors.ts';
import type { DestinationBucket } from './destination.ts';
import type { FeedMemory } from './feed-memory.ts';
import type { DecisionRules } from './plan.ts';
import type { Rotation } from './rotation.ts';
import type { Source } from './source.ts';

export interface OpenFeed {
  site: Site;
  source: Source;
  bucket: DestinationBucket;
  prefix: string;
  memory: FeedMemory;
  rules: DecisionRules;
  /** Whether a key, relative, is the business of this feed. */
  covers: (key: string) => boolean;
  rotation?: Rotation | undefined;
}

/** Makes the bucket with the first upload, where it is missing and the site makes buckets. */
export class BucketMaker {
  readonly #feed: OpenFeed;
  readonly #signal: AbortSignal;
  #isMissing = false;
  #made: Promise<void> | undefined;

  constructor(feed: OpenFeed, signal: AbortSignal) {
    this.#feed = feed;
    this.#signal = signal;
  }

  /** @returns whether the bucket is one to be made @throws the error where it is not */
  noteMissing(error: unknown): void {
    if (!(error instanceof BackupError) || error.code !== 'BUCKET_MISSING') throw error;
    if (!this.#mayMake()) throw error;
    this.#isMissing = true;
  }

  /** To be called before each upload. */
  async ready(): Promise<void> {
    if (!this.#isMissing) return;
    this.#made ??= this.#make();
    await this.#made;
  }

  #mayMake(): boolean {
    const { destination, noncurrentExpirationDays } = this.#feed.site;
    return destination.bucketPerFolder !== undefined || noncurrentExpirationDays !== undefined;
  }

  async #make(): Promise<void> {
    const { bucket, site } = this.#feed;
    const options = { signal: this.#signal };
    await bucket.create(options);
    if (site.noncurrentExpirationDays !== undefined)
      await bucket.expireNoncurrent(site.noncurrentExpirationDays, options);
  }
}
