/**
 * The values of items that were read by their layout. Their text is collected as bytes and becomes one string for all of them: one
 * for the whole page would be three times as long, and one for each value would cost a call each.
 */
import { parseIsoTime } from './iso-time.ts';
import type { ListedVersion } from './types.ts';

/** Where the bounds of a text are among those of its item: its begin, then its end. */
const PLACES = { key: 0, versionId: 2, lastModifiedMs: 4, etag: 6, storageClass: 8 } as const;
const PLACES_OF_ITEM = 10;
const INITIAL_ITEMS = 1024;

export type TextField = keyof typeof PLACES;

/** Scanning a page waits for nothing, so that one is enough; a new one for each page would be most of all garbage. */
let sharedScratch = Buffer.alloc(0);

function scratchOf(bytes: number): Buffer {
  if (sharedScratch.length < bytes) sharedScratch = Buffer.allocUnsafeSlow(2 * bytes);
  return sharedScratch;
}

export class ItemValues {
  /** The text of all values, ASCII. The layouts write to it from `length` on. */
  readonly scratch: Buffer;
  length = 0;
  /** Of the item that is being read. */
  isLatest = false;
  sizeBytes = 0;

  readonly #versions: ListedVersion[] = [];
  #bounds = new Int32Array(INITIAL_ITEMS * PLACES_OF_ITEM);
  /** Where the item that is being read begins: in the bounds, and in the text. */
  #place = 0;
  #itemStart = 0;
  #textStart = 0;

  /** Valid until the next one is made. @param mostBytes the text of all values is no longer */
  constructor(mostBytes: number) {
    this.scratch = scratchOf(mostBytes);
  }

  /** Begins an item; one that was begun and not ended is forgotten. */
  begin(): void {
    this.length = this.#textStart = this.#itemStart;
    this.#place = this.#versions.length * PLACES_OF_ITEM;
    if (this.#place === this.#bounds.length) this.#makeRoom();
    this.#setBounds(PLACES.etag, 0, 0);
    this.#setBounds(PLACES.storageClass, 0, 0);
  }

  /** What was written since the last text is the text of this field. */
  endText(field: TextField): void {
    this.#setBounds(PLACES[field], this.#textStart, this.length);
    this.#textStart = this.length;
  }

  /** The item is complete. */
  end(isDeleteMarker: boolean): void {
    this.#itemStart = this.length;
    this.#versions.push({
      key: '',
      versionId: '',
      isLatest: this.isLatest,
      isDeleteMarker,
      lastModifiedMs: 0,
      etag: '',
      sizeBytes: isDeleteMarker ? 0 : this.sizeBytes,
      storageClass: '',
    });
  }

  /** One that was read in another way takes its place in the order. */
  add(version: ListedVersion): void {
    this.begin();
    this.#versions.push(version);
  }

  #setBounds(place: number, start: number, end: number): void {
    this.#bounds[this.#place + place] = start;
    this.#bounds[this.#place + place + 1] = end;
  }

  #makeRoom(): void {
    const larger = new Int32Array(2 * this.#bounds.length);
    larger.set(this.#bounds);
    this.#bounds = larger;
  }

  /** All items in their order; undefined where one has a time that needs a closer look. */
  toVersions(): ListedVersion[] | undefined {
    const text = this.scratch.toString('latin1', 0, this.#itemStart);
    const bounds = this.#bounds;
    for (let item = 0; item < this.#versions.length; item++) {
      const at = item * PLACES_OF_ITEM;
      const version = this.#versions[item]!;
      if (version.key !== '') continue;
      version.key = text.slice(bounds[at], bounds[at + 1]);
      version.versionId = text.slice(bounds[at + 2], bounds[at + 3]);
      version.lastModifiedMs = parseIsoTime(text, bounds[at + 4], bounds[at + 5]);
      version.etag = text.slice(bounds[at + 6], bounds[at + 7]);
      version.storageClass = text.slice(bounds[at + 8], bounds[at + 9]);
      if (version.storageClass === '' && !version.isDeleteMarker) version.storageClass = 'STANDARD';
      if (Number.isNaN(version.lastModifiedMs)) return undefined;
    }
    return this.#versions;
  }
}
