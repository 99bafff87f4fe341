/** The last key of a run of entries, which the next one has to sort after. */
import { BOUNDS_PER_ROW, TEXT_FIELDS, type EntryTable } from '../entry-table.ts';
import { compareKeyBytes } from '../key-order.ts';

/** The longest key that S3 knows. */
const USUAL_BYTES = 1024;

export class LastKey {
  #bytes = Buffer.allocUnsafe(USUAL_BYTES);
  #length = -1;

  /** Takes the key of a row for the last one. @returns false, and changes nothing, where it does not sort after the one before */
  advance({ bytes, bounds }: EntryTable, row: number): boolean {
    const at = row * BOUNDS_PER_ROW + TEXT_FIELDS.key;
    const start = bounds[at]!;
    const end = bounds[at + 1]!;
    if (this.#length >= 0 && compareKeyBytes(bytes, start, end, this.#bytes, 0, this.#length) <= 0)
      return false;
    if (end - start > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(2 * (end - start));
    const to = this.#bytes;
    for (let i = start; i < end; i++) to[i - start] = bytes[i]!;
    this.#length = end - start;
    return true;
  }

  /** Undefined before the first one. */
  get text(): string | undefined {
    return this.#length < 0 ? undefined : this.#bytes.toString('utf8', 0, this.#length);
  }
}
