/**
 * Archived versions are thawed before they can be copied, which takes hours; the others do not wait for them (trap 20). Nothing of
 * this is remembered: the version itself says whether its thaw is under way, done, or over.
 */
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import type { HeadResult, ThawTier } from '../s3/open-bucket.ts';
import type { RestoreSource } from './bucket.ts';

export interface ThawOptions {
  thawTier?: ThawTier | undefined;
  thawDays?: number | undefined;
}

const defaultTier: ThawTier = 'Standard';
const defaultDays = 7;
/** The service takes 1,000 requests a second for an account. */
const requestsPerSecond = 900;

/** Hours at most, by the S3 user guide, "Archive retrieval options". DEEP_ARCHIVE knows no Expedited. */
const hours: Readonly<Record<string, Record<ThawTier, number>>> = {
  GLACIER: { Expedited: 5 / 60, Standard: 5, Bulk: 12 },
  DEEP_ARCHIVE: { Expedited: 12, Standard: 12, Bulk: 48 },
};

/** As a listing says it; the archive tiers of INTELLIGENT_TIERING it does not say. */
export function isArchiveClass(storageClass: string): boolean {
  return storageClass in hours;
}

/** How long the thaw of such versions takes at most. */
export function thawHours(storageClass: string, { thawTier = defaultTier }: ThawOptions): number {
  return hours[storageClass]?.[thawTier] ?? 12;
}

export class Thaw {
  readonly #source: RestoreSource;
  readonly #options: ThawOptions;
  readonly #clock: Clock;
  #nextMs = 0;

  constructor(source: RestoreSource, options: ThawOptions, clock: Clock) {
    this.#source = source;
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * Runs a copy of the entry once its version can be read. Where it cannot, its thaw is under way afterwards.
   * @returns false where it was not run
   */
  async whenReadable(entry: Entry, copy: () => Promise<void>): Promise<boolean> {
    if (isArchiveClass(entry.storageClass) && !(await this.#isReadable(entry))) return false;
    try {
      await copy();
      return true;
    } catch (error) {
      // A lifecycle rule has archived it since it was listed, or it is in an archive tier that no listing shows.
      const cause = error instanceof BackupError && error.cause instanceof Error ? error.cause.name : '';
      if (cause !== 'InvalidObjectState') throw error;
      if (await this.#isReadable(entry)) throw error;
      return false;
    }
  }

  async #isReadable(entry: Entry): Promise<boolean> {
    const head = await this.#source.head(entry.key, entry.versionId);
    if (!isArchiveClass(head.storageClass) && head.archiveStatus === undefined) return true;
    if (head.thaw !== undefined && this.#isThawed(head.thaw)) return true;
    if (head.thaw?.ongoing !== true) await this.#request(entry, head);
    return false;
  }

  #isThawed({ ongoing, expiresMs }: NonNullable<HeadResult['thaw']>): boolean {
    return !ongoing && (expiresMs === undefined || expiresMs > this.#clock.nowMs());
  }

  async #request({ key, versionId }: Entry, { archiveStatus }: HeadResult): Promise<void> {
    await this.#waitForTurn();
    const { thawTier: tier = defaultTier, thawDays = defaultDays } = this.#options;
    // Intelligent-Tiering takes no days: the object itself moves back.
    await this.#source.thaw(key, versionId, {
      tier,
      days: archiveStatus === undefined ? thawDays : undefined,
    });
  }

  async #waitForTurn(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    this.#nextMs = Math.max(this.#nextMs, nowMs) + 1000 / requestsPerSecond;
    if (this.#nextMs - nowMs > 20) await this.#clock.sleep(this.#nextMs - nowMs);
  }
}
