/** A bucket of any number of keys that is computed and never held: its listings and its objects can be read. */
import { filledContent } from '../model/content.ts';
import type { Content } from '../model/content.ts';
import type {
  Bucket,
  BucketSettings,
  HexWriter,
  KeySource,
  KeyVersions,
  ObjectVersion,
} from '../model/version.ts';
import { isChurned } from './churn.ts';
import type { Churn } from './churn.ts';
import { hex32, mix } from './hash.ts';
import { keyNamer } from './layouts.ts';
import type { KeyNamer, Layout } from './layouts.ts';
import { compareKeyBytes, firstIndexWhere } from '../model/key-order.ts';

export interface SyntheticSpec {
  bucket: string;
  /** At most 2^32. */
  keys: number;
  layout: Layout;
  /** 1 unless told otherwise. */
  versionsPerKey?: number;
  /** Every so-many-th key has a delete marker on top; 0: none. */
  deleteMarkerEvery?: number;
  /** How many versions the one key of `manyversions` has. */
  manyVersions?: number;
  /** The oldest `LastModified`; the versions spread over 300 days from there. */
  firstMs?: number;
  /** Newer versions, in this order. */
  churn?: readonly Churn[];
}

const SPREAD_SECONDS = 300 * 86_400;
const MAX_SIZE_BYTES = 1 << 20;
const MAX_KEYS = 2 ** 32;

export class SyntheticBucket implements Bucket, KeySource {
  readonly name: string;
  readonly createdMs: number;
  readonly settings: BucketSettings;
  readonly keyCount: number;
  readonly keyAt: KeyNamer;
  readonly #spec: Required<SyntheticSpec>;
  readonly #manyVersionsIndex: number;

  /** @throws RangeError for a number of keys that is no whole number below 2^32. */
  constructor(spec: SyntheticSpec) {
    if (!Number.isInteger(spec.keys) || spec.keys < 0 || spec.keys > MAX_KEYS) {
      throw new RangeError(`keys must be a whole number up to ${MAX_KEYS}, not ${spec.keys}`);
    }
    this.#spec = {
      versionsPerKey: 1,
      deleteMarkerEvery: 0,
      manyVersions: 100_000,
      firstMs: Date.UTC(2024, 0, 1),
      churn: [],
      ...spec,
    };
    this.name = spec.bucket;
    this.createdMs = this.#spec.firstMs;
    this.settings = { versioning: 'Enabled', region: 'us-east-1', documents: new Map() };
    this.keyCount = spec.keys;
    this.keyAt = keyNamer(spec.layout, spec.keys);
    this.#manyVersionsIndex = spec.layout === 'manyversions' ? Math.floor(spec.keys / 2) : -1;
  }

  source(): KeySource {
    return this;
  }

  versionsAt(index: number): SyntheticKey {
    const { churn } = this.#spec;
    const churned = churn.length === 0 ? churn : churn.filter((round) => isChurned(round, index));
    return new SyntheticKey(this, index, churned);
  }

  versionsOf(key: string): SyntheticKey | undefined {
    const index = firstIndexWhere(this.keyCount, (i) => compareKeyBytes(this.keyAt(i), key) >= 0);
    return index < this.keyCount && this.keyAt(index) === key ? this.versionsAt(index) : undefined;
  }

  /** Object versions from before any churn. */
  plainVersionsAt(index: number): number {
    return index === this.#manyVersionsIndex ? this.#spec.manyVersions : this.#spec.versionsPerKey;
  }

  hasDeleteMarkerAt(index: number): boolean {
    const every = this.#spec.deleteMarkerEvery;
    return every > 0 && index % every === every - 1;
  }

  /** Rises with the ordinal. */
  plainTimeMs(index: number, ordinal: number): number {
    return this.#spec.firstMs + ((mix(index, 31) % SPREAD_SECONDS) + ordinal) * 1000;
  }
}

class SyntheticKey implements KeyVersions {
  readonly count: number;
  readonly #bucket: SyntheticBucket;
  readonly #index: number;
  readonly #churned: readonly Churn[];
  readonly #plainCount: number;
  readonly #unchurnedCount: number;

  constructor(bucket: SyntheticBucket, index: number, churned: readonly Churn[]) {
    this.#bucket = bucket;
    this.#index = index;
    this.#churned = churned;
    this.#plainCount = bucket.plainVersionsAt(index);
    this.#unchurnedCount = this.#plainCount + (bucket.hasDeleteMarkerAt(index) ? 1 : 0);
    this.count = this.#unchurnedCount + churned.length;
  }

  get key(): string {
    return this.#bucket.keyAt(this.#index);
  }

  at(position: number): SyntheticVersion {
    return this.#byOrdinal(this.count - 1 - position);
  }

  countUpTo(versionId: string): number | undefined {
    const version = this.find(versionId);
    return version === undefined ? undefined : this.count - version.ordinal;
  }

  find(versionId: string): SyntheticVersion | undefined {
    const ordinal = ordinalOf(versionId);
    if (ordinal === undefined || ordinal >= this.count) return undefined;
    const version = this.#byOrdinal(ordinal);
    return version.versionId === versionId ? version : undefined;
  }

  /** 0 is the oldest: an ordinal stays the same when newer versions come. */
  #byOrdinal(ordinal: number): SyntheticVersion {
    const churn = this.#churned[ordinal - this.#unchurnedCount];
    const timeMs = churn?.atMs ?? this.#bucket.plainTimeMs(this.#index, ordinal);
    const isDeleteMarker = churn === undefined && ordinal === this.#plainCount;
    return new SyntheticVersion(this.#index, churn?.seed ?? 0, ordinal, timeMs, isDeleteMarker);
  }
}

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});
const PLAIN_HEADERS = Object.freeze({ 'content-type': 'binary/octet-stream' });

class SyntheticVersion implements ObjectVersion {
  readonly ordinal: number;
  readonly isDeleteMarker: boolean;
  readonly lastModifiedMs: number;
  readonly headers = PLAIN_HEADERS;
  readonly metadata = NOTHING;
  readonly tags = NOTHING;
  readonly checksums = NOTHING;
  readonly #index: number;
  readonly #bits: number;

  constructor(index: number, seed: number, ordinal: number, lastModifiedMs: number, isDeleteMarker: boolean) {
    this.ordinal = ordinal;
    this.isDeleteMarker = isDeleteMarker;
    this.lastModifiedMs = lastModifiedMs;
    this.#index = index;
    this.#bits = mix(index, 7 + ordinal + Math.imul(seed, 65_537));
  }

  get versionId(): string {
    return hexText((writer) => this.writeVersionId(writer));
  }

  get etag(): string {
    return this.isDeleteMarker ? '' : hexText((writer) => this.writeEtag(writer));
  }

  get sizeBytes(): number {
    return this.isDeleteMarker ? 0 : mix(this.#bits, 6) % MAX_SIZE_BYTES;
  }

  get storageClass(): string {
    return this.isDeleteMarker ? '' : 'STANDARD';
  }

  get content(): Content {
    return filledContent(this.sizeBytes, this.#bits & 0xff);
  }

  writeVersionId(writer: HexWriter): void {
    writer.hex32(this.ordinal);
    writer.hex32(this.#bits);
    writer.hex32(mix(this.#bits, 1));
    writer.hex32(this.#index);
  }

  writeEtag(writer: HexWriter): void {
    for (let salt = 2; salt <= 5; salt++) writer.hex32(mix(this.#bits, salt));
  }
}

function hexText(write: (writer: HexWriter) => void): string {
  let text = '';
  write({ hex32: (bits) => (text += hex32(bits)) });
  return text;
}

function ordinalOf(versionId: string): number | undefined {
  return /^[0-9a-f]{32}$/.test(versionId) ? parseInt(versionId.slice(0, 8), 16) : undefined;
}
