/** The last key of a run of entries, which the next one has to sort after. */
import { BOUNDS_PER_ROW, TEXT_FIELDS, viewOf, type EntryTable } from '../entry-table.ts';
import { compareKeyBytes } from '../key-order.ts';

/** The longest key that S3 knows. */
const USUAL_BYTES = 1024;
/** Neighbouring keys mostly begin alike, and are compared so many bytes at a time as long as they do. */
const WORD_BYTES = 4;

export class LastKey {
  #bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
  #view = viewOf(this.#bytes);
  #length = -1;

  /** Takes the key of a row for the last one. @returns false, and changes nothing, where it does not sort after the one before */
  advance(table: EntryTable, row: number): boolean {
    const at = row * BOUNDS_PER_ROW + TEXT_FIELDS.key;
    const start = table.bounds[at]!;
    const end = table.bounds[at + 1]!;
    const shared = this.#sharedBytes(table.view, start, end);
    const rest = start + shared;
    if (this.#length >= 0 && compareKeyBytes(table.bytes, rest, end, this.#bytes, shared, this.#length) <= 0)
      return false;
    if (end - start > this.#bytes.length) this.#grow(end - start);
    for (let from = rest; from < end; from++) this.#bytes[from - start] = table.bytes[from]!;
    this.#length = end - start;
    return true;
  }

  /** Undefined before the first one. */
  get text(): string | undefined {
    return this.#length < 0 ? undefined : this.#bytes.toString('utf8', 0, this.#length);
  }

  /** So many bytes at least do both begin with: whole words of them. */
  #sharedBytes(view: DataView, start: number, end: number): number {
    const last = Math.min(end - start, this.#length) - WORD_BYTES;
    let shared = 0;
    while (shared <= last && view.getInt32(start + shared) === this.#view.getInt32(shared))
      shared += WORD_BYTES;
    return shared;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * bytes);
    this.#bytes.copy(larger);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}
