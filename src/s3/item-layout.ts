/**
 * How the items of a page are laid out. They differ in their values alone: what stands between these (tags, whitespace, the owner)
 * is the same in each. So a layout is learnt from an item that was read element by element, and the next ones are read by
 * comparing what stands between the values with it, byte for byte, and copying the values out. Where anything differs, or a value
 * is not plain ASCII without entities, `read` gives up, and the item is read element by element: the two ways cannot disagree.
 */
import type { ItemValues } from './item-values.ts';
import type { ListedVersion } from './types.ts';

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
/** What a value is copied up to: its end, or a byte that does not mean what it says. */
const ENDS_VALUE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte > 0x7e || byte === LT || byte === 0x26 || byte === 0x3e ? 1 : 0,
);

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
   * Reads an item of this layout at this offset into `values`, and returns the offset behind it; -1 where there is none that can be read
   * this way.
   * @param words a view on the same bytes
   */
  read(bytes: Uint8Array, words: DataView, start: number, values: ItemValues): number {
    values.begin();
    let at = start;
    for (let i = 0; i < this.#fields.length; i++) {
      at = this.#between[i]!.skip(words, at);
      if (at >= 0) at = take(bytes, at, this.#fields[i]!, values);
      if (at < 0) return -1;
    }
    at = this.#between[this.#fields.length]!.skip(words, at);
    if (at >= 0) values.end(this.#isDeleteMarker);
    return at;
  }
}

/** Bytes that have to be there, compared four at a time: they are three quarters of a page. */
class Constant {
  readonly #words: Int32Array;
  readonly #rest: Uint8Array;
  readonly #length: number;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
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
function skip(bytes: Uint8Array, at: number, expected: Uint8Array): number {
  if (at + expected.length > bytes.length) return -1;
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return -1;
  return at + expected.length;
}

/** The offset of the `<` behind the value; -1 where it needs a closer look. */
function take(bytes: Uint8Array, at: number, field: Field, values: ItemValues): number {
  switch (field) {
    case 'key':
    case 'versionId': {
      const end = copy(bytes, at, values);
      if (end === at || bytes[end] !== LT) return -1;
      values.endText(field);
      return end;
    }
    case 'lastModifiedMs':
    case 'storageClass': {
      const end = copy(bytes, at, values);
      if (bytes[end] !== LT) return -1;
      values.endText(field);
      return end;
    }
    case 'etag':
      return takeEtag(bytes, at, values);
    case 'isLatest': {
      const end = skip(bytes, at, bytes[at] === TRUE[0] ? TRUE : FALSE);
      if (end < 0 || bytes[end] !== LT) return -1;
      values.isLatest = bytes[at] === TRUE[0];
      return end;
    }
    case 'sizeBytes':
      return takeSize(bytes, at, values);
  }
}

/** Copies what means what it says, and returns the offset of the first byte that does not. */
function copy(bytes: Uint8Array, at: number, values: ItemValues): number {
  const { scratch } = values;
  let to = values.length;
  const last = bytes.length - 1;
  while (at < last && ENDS_VALUE[bytes[at]!] === 0) scratch[to++] = bytes[at++]!;
  values.length = to;
  return at;
}

/** Without the quotes around it, which are entities, bare or missing. */
function takeEtag(bytes: Uint8Array, at: number, values: ItemValues): number {
  const afterEntity = skip(bytes, at, QUOTE_ENTITY);
  const isBare = afterEntity < 0 && bytes[at] === QUOTE;
  let end = copy(bytes, afterEntity >= 0 ? afterEntity : isBare ? at + 1 : at, values);
  if (afterEntity >= 0) end = skip(bytes, end, QUOTE_ENTITY);
  else if (isBare) {
    if (bytes[end - 1] !== QUOTE || end - 1 === at) return -1;
    values.length--;
  }
  if (end < 0 || bytes[end] !== LT) return -1;
  values.endText('etag');
  return end;
}

function takeSize(bytes: Uint8Array, at: number, values: ItemValues): number {
  let size = 0;
  let end = at;
  for (; end < bytes.length; end++) {
    const digit = bytes[end]! - ZERO;
    if (digit < 0 || digit > 9) break;
    size = size * 10 + digit;
  }
  if (end === at || end - at > MAX_DIGITS || bytes[end] !== LT) return -1;
  values.sizeBytes = size;
  return end;
}
