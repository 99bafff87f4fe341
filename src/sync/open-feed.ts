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
    if (!this.mayMake) throw error;
    this.#isMissing = true;
  }

  /** To be called before each upload. */
  async ready(): Promise<void> {
    if (!this.#isMissing) return;
    this.#made ??= this.#make();
    await this.#made;
  }

  /** Whether the site makes buckets that are missing. */
  get mayMake(): boolean {
    const { destination, noncurrentExpirationDays } = this.#feed.site;
    return destination.bucketPerFolder !== undefined || noncurrentExpirationDays !== undefined;
  }

  /**
   * Sets up what an earlier run could make and not set up: a bucket without versions and without objects.
   * Lifecycle rules that somebody else gave it stay.
   * @returns whether it is set up now
   */
  async finish(): Promise<boolean> {
    if (!this.mayMake || !(await this.#isEmpty())) return false;
    const { length: rules } = await this.#feed.bucket.lifecycleRules({ signal: this.#signal });
    await this.#make(rules === 0);
    return true;
  }

  async #isEmpty(): Promise<boolean> {
    const pages = this.#feed.bucket.listObjects({ prefix: '', pageSize: 1 }, { signal: this.#signal });
    for await (const page of pages) if (page.length > 0) return false;
    return true;
  }

  async #make(isWithRule = true): Promise<void> {
    const { bucket, site } = this.#feed;
    const { noncurrentExpirationDays: days } = site;
    const options = { signal: this.#signal };
    await bucket.create(options, async () => {
      if (days !== undefined && isWithRule) await bucket.expireNoncurrent(days, options);
    });
  }
}
