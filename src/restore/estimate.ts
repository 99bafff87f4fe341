/** What a plan will take: requests, bytes between regions, the time of thaws, and money by list prices. */
import { copyPartSizeBytes } from '../copy-part-size.ts';
import type { Entry } from '../index/entry.ts';
import type { CarryOptions } from './carry.ts';
import type { DecidedAction } from './plan.ts';
import { isArchiveClass, thawHours, type ThawOptions } from './thaw.ts';

export interface PlanEstimate {
  requests: number;
  bytesAcrossRegions: number;
  /** Until the slowest archived version can be read; 0 where there is none. */
  thawHours: number;
  /** US dollars: an estimate. */
  dollars: number;
  /** What the estimate rests on. */
  basis: string;
}

type EstimateOptions = ThawOptions &
  Pick<CarryOptions, 'isExact' | 'carriesAcl'> & {
    deleteExtra: boolean;
    partsAboveBytes?: number | undefined;
  };

/** How content gets from the source to the destination. */
export interface Route {
  /** `copy`: the server's own; `stream`: through us; `download`: to a directory. */
  kind: 'copy' | 'stream' | 'download';
  crossesRegions: boolean;
}

export const estimateBasis =
  'Amazon S3 list prices, us-east-1, 2025; the first terabytes out of AWS, and no free tier';

const perPut = 0.005 / 1000;
const perGet = 0.0004 / 1000;
const gibBytes = 1024 ** 3;
const dollarsPerGib = { betweenRegions: 0.02, outOfAws: 0.09 };
/** Requests and retrieval, tier Standard. */
const thawPrices: Readonly<Record<string, { perRequest: number; perGib: number }>> = {
  GLACIER: { perRequest: 0.05 / 1000, perGib: 0.01 },
  DEEP_ARCHIVE: { perRequest: 0.1 / 1000, perGib: 0.02 },
};
const singleCopyLimitBytes = 5 * gibBytes;
const streamPartBytes = 16 * 1024 ** 2;

export class Estimate {
  readonly #route: Route;
  readonly #options: EstimateOptions;
  #puts = 0;
  #gets = 0;
  #free = 0;
  #bytesAcross = 0;
  #thawHours = 0;
  #thawDollars = 0;
  #outBytes = 0;

  constructor(route: Route, options: EstimateOptions) {
    this.#route = route;
    this.#options = options;
  }

  add(action: DecidedAction): void {
    // Deletions cost nothing.
    if (action.action === 'extra') this.#free += this.#options.deleteExtra ? 1 : 0;
    else if (action.action === 'undelete') this.#free += 1;
    else if (action.action === 'copy') this.#addCopy(action);
  }

  estimate(): PlanEstimate {
    const transfer = this.#route.kind === 'copy' ? dollarsPerGib.betweenRegions : dollarsPerGib.outOfAws;
    const bytes = this.#route.kind === 'copy' ? this.#bytesAcross : this.#outBytes;
    const dollars =
      this.#puts * perPut + this.#gets * perGet + this.#thawDollars + (bytes / gibBytes) * transfer;
    return {
      requests: this.#puts + this.#gets + this.#free,
      bytesAcrossRegions: this.#bytesAcross,
      thawHours: this.#thawHours,
      dollars,
      basis: estimateBasis,
    };
  }

  #addCopy({ entry, within }: Extract<DecidedAction, { action: 'copy' }>): void {
    const { sizeBytes, storageClass } = entry;
    const kind = within === true ? 'copy' : this.#route.kind;
    if (kind === 'copy') {
      const parts = this.#partsOfCopy(entry);
      this.#puts += parts === 0 ? 1 : parts + 2;
      this.#gets += (parts === 0 ? 0 : 2) + (this.#options.isExact === true ? 1 : 0);
    } else {
      const parts = sizeBytes > streamPartBytes ? Math.ceil(sizeBytes / streamPartBytes) : 0;
      if (kind === 'stream') this.#puts += parts === 0 ? 1 : parts + 2;
      this.#gets += kind === 'stream' ? 2 : 1;
      this.#outBytes += sizeBytes;
    }
    // As a rule: an ACL that is not the default one takes two more.
    if (kind !== 'download' && this.#options.carriesAcl === true) this.#gets += 1;
    if (this.#route.crossesRegions && within !== true) this.#bytesAcross += sizeBytes;
    if (isArchiveClass(storageClass)) this.#addThaw(sizeBytes, storageClass);
  }

  /** 0: one copy. */
  #partsOfCopy({ sizeBytes, etag }: Entry): number {
    const { partsAboveBytes = singleCopyLimitBytes } = this.#options;
    if (sizeBytes <= Math.min(partsAboveBytes, singleCopyLimitBytes)) return 0;
    return Math.ceil(sizeBytes / copyPartSizeBytes(sizeBytes, etag));
  }

  #addThaw(sizeBytes: number, storageClass: string): void {
    const prices = thawPrices[storageClass];
    this.#gets += 1;
    this.#free += 1;
    this.#thawDollars += (prices?.perRequest ?? 0) + (sizeBytes / gibBytes) * (prices?.perGib ?? 0);
    this.#thawHours = Math.max(this.#thawHours, thawHours(storageClass, this.#options));
  }
}
