/** What deleting versions saves, and what is billed for them all the same: an estimate, by list prices. */
import type { Entry } from '../index/entry.ts';

export interface SavingsEstimate {
  /** US dollars for each month that the versions would have stayed. */
  dollarsPerMonth: number;
  /** What the estimate rests on. */
  basis: string;
  /** Versions that were not stored for as long as their class bills at least (trap 21). */
  billedOn: {
    versions: number;
    bytes: number;
    /** Of the one that has longest to go. */
    days: number;
    dollars: number;
  };
}

interface StorageClass {
  /** For a GiB and month: what Amazon calls GB there. */
  dollarsPerGibMonth: number;
  minimumDays: number;
}

export const basis = 'Amazon S3 list prices for storage, us-east-1, 2025';

/** aws.amazon.com/s3/pricing: storage, first tier; and the minimum storage duration of each class. */
const standard: StorageClass = { dollarsPerGibMonth: 0.023, minimumDays: 0 };
const storageClasses: Readonly<Record<string, StorageClass>> = {
  STANDARD: standard,
  REDUCED_REDUNDANCY: { dollarsPerGibMonth: 0.024, minimumDays: 0 },
  INTELLIGENT_TIERING: { dollarsPerGibMonth: 0.023, minimumDays: 0 },
  STANDARD_IA: { dollarsPerGibMonth: 0.0125, minimumDays: 30 },
  ONEZONE_IA: { dollarsPerGibMonth: 0.01, minimumDays: 30 },
  GLACIER_IR: { dollarsPerGibMonth: 0.004, minimumDays: 90 },
  GLACIER: { dollarsPerGibMonth: 0.0036, minimumDays: 90 },
  DEEP_ARCHIVE: { dollarsPerGibMonth: 0.00099, minimumDays: 180 },
};

const dayMs = 86_400_000;
const gibBytes = 1024 ** 3;
const daysPerMonth = 30;

export class Savings {
  readonly #nowMs: number;
  #dollarsPerMonth = 0;
  readonly #billedOn = { versions: 0, bytes: 0, days: 0, dollars: 0 };

  /** @param nowMs by the server's clock */
  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** Storage time counts from the last-modified time: when a lifecycle rule moved a version to its class, a listing does not say. */
  add({ sizeBytes, storageClass, lastModifiedMs }: Entry): void {
    const { dollarsPerGibMonth, minimumDays } = storageClasses[storageClass] ?? standard;
    const dollarsPerMonth = (sizeBytes / gibBytes) * dollarsPerGibMonth;
    this.#dollarsPerMonth += dollarsPerMonth;
    const days = Math.ceil((lastModifiedMs + minimumDays * dayMs - this.#nowMs) / dayMs);
    if (minimumDays === 0 || days <= 0) return;
    this.#billedOn.versions += 1;
    this.#billedOn.bytes += sizeBytes;
    this.#billedOn.days = Math.max(this.#billedOn.days, days);
    this.#billedOn.dollars += (dollarsPerMonth * days) / daysPerMonth;
  }

  estimate(): SavingsEstimate {
    return { dollarsPerMonth: this.#dollarsPerMonth, basis, billedOn: { ...this.#billedOn } };
  }
}
