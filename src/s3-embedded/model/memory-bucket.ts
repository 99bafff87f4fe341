/** A bucket whose versions are kept in memory. */
import { createHash } from 'node:crypto';
import { emptyContent } from './content.ts';
import { KeyRecord } from './key-record.ts';
import { KeyTable } from './key-table.ts';
import { NULL_VERSION_ID } from './version.ts';
import type {
  Bucket,
  BucketSettings,
  KeySource,
  ListedFields,
  ObjectVersion,
  StoredVersion,
} from './version.ts';

export type NewVersion = Partial<Omit<ObjectVersion, 'isDeleteMarker'>> & { lastModifiedMs: number };

export interface Placement {
  /** As taken from `nextOrder()` when a multipart upload was initiated. */
  order?: number;
  /** Among the versions of its key by `lastModifiedMs`, like a late replica (trap 2). */
  byTime?: boolean;
  /** Chosen by a test instead of made up. */
  versionId?: string;
}

export class MemoryBucket implements Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly settings: BucketSettings;
  readonly #keys = new KeyTable<KeyRecord>();
  #lastOrder = 0;

  constructor(name: string, createdMs: number, region: string) {
    this.name = name;
    this.createdMs = createdMs;
    this.settings = { versioning: 'off', region, documents: new Map() };
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  nextOrder(): number {
    return ++this.#lastOrder;
  }

  source(): KeySource {
    const keys = this.#keys.sortedKeys();
    return {
      keyCount: keys.length,
      keyAt: (index) => keys[index] as string,
      versionsAt: (index) => this.#keys.get(keys[index] as string) as KeyRecord,
    };
  }

  versionsOf(key: string): KeyRecord | undefined {
    return this.#keys.get(key);
  }

  /** Adds an object version as the versioning state wants it: a `null` version replaces the one before (trap 6). */
  addVersion(key: string, fields: NewVersion, placement: Placement = {}): StoredVersion {
    return this.#add(key, { ...fields }, false, placement);
  }

  addDeleteMarker(key: string, lastModifiedMs: number, placement: Placement = {}): StoredVersion {
    return this.#add(key, { lastModifiedMs, storageClass: '' }, true, placement);
  }

  #add(key: string, fields: NewVersion, isDeleteMarker: boolean, placement: Placement): StoredVersion {
    const record = this.#keys.get(key) ?? new KeyRecord(key);
    const newest = placement.order ?? this.nextOrder();
    const order = placement.byTime ? record.orderByTime(fields.lastModifiedMs, newest) : newest;
    const versionId = placement.versionId ?? this.#newVersionId(key, order);
    if (versionId === NULL_VERSION_ID) record.remove(versionId);
    const version: StoredVersion = {
      etag: '',
      sizeBytes: fields.content?.sizeBytes ?? 0,
      storageClass: 'STANDARD',
      content: emptyContent,
      ...NO_ATTRIBUTES,
      ...fields,
      isDeleteMarker,
      versionId,
      order,
    };
    record.insert(version);
    this.#keys.set(key, record);
    return version;
  }

  /** Deletes one version for good; undefined if there was none. */
  removeVersion(key: string, versionId: string): ListedFields | undefined {
    const record = this.#keys.get(key);
    const removed = record?.remove(versionId);
    if (record?.count === 0) this.#keys.delete(key);
    return removed;
  }

  #newVersionId(key: string, order: number): string {
    if (this.settings.versioning !== 'Enabled') return NULL_VERSION_ID;
    const digest = createHash('sha256').update(`${this.name}/${key}/${order}`).digest('base64');
    return digest.slice(0, 32).replaceAll('+', '.').replaceAll('/', '_');
  }
}

// Shared by all versions that have none, so that a million laid-out versions stay small.
const NO_ATTRIBUTES = {
  headers: Object.freeze({}),
  metadata: Object.freeze({}),
  tags: Object.freeze({}),
  checksums: Object.freeze({}),
};
