/**
 * How the items of a page are laid out. They differ in their values alone: what stands between these (tags, whitespace, the owner)
 * is the same in each. So a layout is learnt from an item that was read element by element, and the next ones are read by
 * comparing what stands between the values with it, byte for byte, and noting where the values are. Where anything differs, or a
 * value is not plain ASCII without entities, `read` gives up, and the item is read element by element: the two ways cannot disagree.
 */
import { TEXT_FIELDS, viewOf } from '../entry-table.ts';
import { parseIsoTimeIn } from './iso-time.ts';
import type { ListedVersion } from './types.ts';
import { scanValue } from './value-scan.ts';
import type { VersionTable } from './version-table.ts';

/** What is read of an item. */
export type Field = Exclude<keyof ListedVersion, 'isDeleteMarker'>;

/** Where the raw text of a field stands in the document; -1 where it is not one piece. */
export interface FieldSpan {
  field: Field;
  start: number;
  end: number;
}

const LT = 0x3c;
const QUOTE = 0x22;
const ZERO = 0x30;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const QUOTE_ENTITY = Buffer.from('&quot;');
/** No double holds more digits exactly. */
const MAX_DIGITS = 15;

export class ItemLayout {
  readonly #isDeleteMarker: boolean;
  readonly #fields: Field[];
  /** Before each field, and after the last. */
  readonly #between: Constant[];

  private constructor(isDeleteMarker: boolean, fields: Field[], between: Constant[]) {
    this.#isDeleteMarker = isDeleteMarker;
    this.#fields = fields;
    this.#between = between;
  }

  /** The layout of a well-formed item with these fields in their order; undefined where it cannot be told from the bytes. */
  static learn(item: Buffer, isDeleteMarker: boolean, spans: readonly FieldSpan[]): ItemLayout | undefined {
    const between: Constant[] = [];
    let from = 0;
    for (const span of spans) {
      if (span.start < 0 || (isDeleteMarker && !isOfDeleteMarkers(span.field))) return undefined;
      between.push(new Constant(item.subarray(from, span.start)));
      from = span.end;
    }
    between.push(new Constant(item.subarray(from)));
    return new ItemLayout(
      isDeleteMarker,
      spans.map((span) => span.field),
      between,
    );
  }

  /**
   * Reads an item of this layout at this offset into the next row of `table`, and returns the offset behind it; -1 where there is
   * none that can be read this way.
   * @param body the page of `table`, up to the end of the answer
   */
  read(body: DataView, start: number, table: VersionTable): number {
    const place = table.begin();
    let at = start;
    for (let i = 0; i < this.#fields.length; i++) {
      at = this.#between[i]!.skip(body, at);
      if (at >= 0) at = take(body, at, this.#fields[i]!, table, place);
      if (at < 0) return -1;
    }
    at = this.#between[this.#fields.length]!.skip(body, at);
    if (at >= 0) table.end(this.#isDeleteMarker);
    return at;
  }
}

/** Bytes that have to be there, compared four at a time: they are three quarters of a page. */
class Constant {
  readonly #words: Int32Array;
  readonly #rest: Uint8Array;
  readonly #length: number;

  constructor(bytes: Uint8Array) {
    const view = viewOf(bytes);
    this.#words = Int32Array.from({ length: bytes.length >> 2 }, (_, i) => view.getInt32(4 * i, true));
    this.#rest = Uint8Array.from(bytes.subarray(4 * this.#words.length));
    this.#length = bytes.length;
  }

  /** The offset behind them; -1 where something else stands there. */
  skip(bytes: DataView, start: number): number {
    if (start + this.#length > bytes.byteLength) return -1;
    let at = start;
    for (let i = 0; i < this.#words.length; i++, at += 4) {
      if (bytes.getInt32(at, true) !== this.#words[i]) return -1;
    }
    for (let i = 0; i < this.#rest.length; i++, at++) if (bytes.getUint8(at) !== this.#rest[i]) return -1;
    return at;
  }
}

function isOfDeleteMarkers(field: Field): boolean {
  return field !== 'etag' && field !== 'sizeBytes' && field !== 'storageClass';
}

/** The offset behind `expected`; -1 where something else stands there. */
function skip(body: DataView, at: number, expected: Uint8Array): number {
  if (at + expected.length > body.byteLength) return -1;
  for (let i = 0; i < expected.length; i++) if (body.getUint8(at + i) !== expected[i]) return -1;
  return at + expected.length;
}

function isAt(body: DataView, at: number, byte: number): boolean {
  return at >= 0 && at < body.byteLength && body.getUint8(at) === byte;
}

/**
 * The offset of the `<` behind the value; -1 where it needs a closer look.
 * @param place where the bounds of the row are
 */
function take(body: DataView, at: number, field: Field, table: VersionTable, place: number): number {
  switch (field) {
    case 'key':
    case 'versionId':
    case 'storageClass': {
      const end = noteText(body, at, table, place + TEXT_FIELDS[field]);
      return isAt(body, end, LT) && (end > at || field === 'storageClass') ? end : -1;
    }
    case 'etag':
      return takeEtag(body, at, table, place + TEXT_FIELDS.etag);
    case 'lastModifiedMs': {
      const end = scanValue(body, at) >> 1;
      const timeMs = parseIsoTimeIn(body, at, end);
      table.lastModifiedMs[table.rows] = timeMs;
      return !Number.isNaN(timeMs) && isAt(body, end, LT) ? end : -1;
    }
    case 'isLatest': {
      const isLatest = isAt(body, at, TRUE[0]!);
      const end = skip(body, at, isLatest ? TRUE : FALSE);
      table.setLatest(isLatest);
      return isAt(body, end, LT) ? end : -1;
    }
    case 'sizeBytes':
      return takeSize(body, at, table);
  }
}

/** Notes where the text stands that begins at `at`, and returns where it ends. */
function noteText(body: DataView, at: number, table: VersionTable, place: number): number {
  const scanned = scanValue(body, at);
  const end = scanned >> 1;
  table.bounds[place] = at;
  table.bounds[place + 1] = end;
  table.mayNeedEscapes[table.rows]! |= scanned & 1;
  return end;
}

/** Without the quotes around it, which are entities, bare or missing. */
function takeEtag(body: DataView, at: number, table: VersionTable, place: number): number {
  const afterEntity = skip(body, at, QUOTE_ENTITY);
  if (afterEntity >= 0) {
    const next = skip(body, noteText(body, afterEntity, table, place), QUOTE_ENTITY);
    return isAt(body, next, LT) ? next : -1;
  }
  const next = noteText(body, at, table, place);
  if (!isAt(body, next, LT)) return -1;
  if (!isAt(body, at, QUOTE)) return next;
  if (next - at < 2 || !isAt(body, next - 1, QUOTE)) return -1;
  table.bounds[place] = at + 1;
  table.bounds[place + 1] = next - 1;
  return next;
}

function takeSize(body: DataView, at: number, table: VersionTable): number {
  let size = 0;
  let end = at;
  for (; end < body.byteLength; end++) {
    const digit = body.getUint8(end) - ZERO;
    if (digit < 0 || digit > 9) break;
    size = size * 10 + digit;
  }
  if (end === at || end - at > MAX_DIGITS || !isAt(body, end, LT)) return -1;
  table.sizesBytes[table.rows] = size;
  return end;
}
