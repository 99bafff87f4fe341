/**
 * The fast way through a page. The items of a page differ in their values alone: what stands between these (tags, whitespace, the
 * owner) is the same text in each. So a layout is learnt from an item that was read element by element, and the next ones are
 * read by comparing what stands between the values with it, character for character, and cutting the values out. Where
 * anything differs, `read` gives up, and the item is read element by element again: the two ways cannot disagree.
 */
import { parseIsoTime } from './iso-time.ts';
import type { ListedVersion } from './types.ts';

/** What is read of an item. */
export type Field = Exclude<keyof ListedVersion, 'isDeleteMarker'>;

/** Where the raw text of a field stands in the document; -1 where it is not one piece. */
export interface FieldSpan {
  field: Field;
  start: number;
  end: number;
}

export class ItemLayout {
  /** Behind the item that was read last. */
  end = 0;

  readonly #document: string;
  readonly #isDeleteMarker: boolean;
  readonly #fields: Field[];
  /** Before each field, and after the last. */
  readonly #between: string[];

  private constructor(document: string, isDeleteMarker: boolean, order: Field[], between: string[]) {
    this.#document = document;
    this.#isDeleteMarker = isDeleteMarker;
    this.#fields = order;
    this.#between = between;
  }

  /** The layout of a well-formed item with all its fields between these offsets; undefined where a field is not one piece of text. */
  static learn(
    document: string,
    isDeleteMarker: boolean,
    start: number,
    end: number,
    spans: readonly FieldSpan[],
  ): ItemLayout | undefined {
    const between: string[] = [];
    let from = start;
    for (const span of spans) {
      if (span.start < 0) return undefined;
      between.push(document.slice(from, span.start));
      from = span.end;
    }
    between.push(document.slice(from, end));
    return new ItemLayout(
      document,
      isDeleteMarker,
      spans.map((span) => span.field),
      between,
    );
  }

  /** Reads an item of this layout at this offset, and sets `end`; undefined where there is none, or none that can be read this way. */
  read(start: number): ListedVersion | undefined {
    const document = this.#document;
    const between = this.#between;
    const version: ListedVersion = {
      key: '',
      versionId: '',
      isLatest: false,
      isDeleteMarker: this.#isDeleteMarker,
      lastModifiedMs: 0,
      etag: '',
      sizeBytes: 0,
      storageClass: this.#isDeleteMarker ? '' : 'STANDARD',
    };
    let at = start;
    for (let i = 0; i < this.#fields.length; i++) {
      const literal = between[i]!;
      if (document.slice(at, at + literal.length) !== literal) return undefined;
      at += literal.length;
      const end = document.indexOf('<', at);
      if (end < 0 || !this.#take(version, this.#fields[i]!, at, end)) return undefined;
      at = end;
    }
    const last = between[this.#fields.length]!;
    if (document.slice(at, at + last.length) !== last) return undefined;
    this.end = at + last.length;
    return version;
  }

  /** False where the value needs a closer look. */
  #take(version: ListedVersion, field: Field, start: number, end: number): boolean {
    const document = this.#document;
    switch (field) {
      case 'key':
        version.key = document.slice(start, end);
        return end > start && isPlain(document, start, end);
      case 'versionId':
        version.versionId = document.slice(start, end);
        return end > start && isPlain(document, start, end);
      case 'isLatest':
        version.isLatest = end - start === 4;
        return document.slice(start, end) === (version.isLatest ? 'true' : 'false');
      case 'lastModifiedMs':
        version.lastModifiedMs = parseIsoTime(document, start, end);
        return !Number.isNaN(version.lastModifiedMs);
      case 'etag':
        return this.#takeEtag(version, start, end);
      case 'sizeBytes':
        if (!this.#isDeleteMarker) version.sizeBytes = parseDigits(document, start, end);
        return !Number.isNaN(version.sizeBytes) && !this.#isDeleteMarker;
      case 'storageClass':
        version.storageClass = document.slice(start, end);
        return end > start && isPlain(document, start, end) && !this.#isDeleteMarker;
    }
  }

  #takeEtag(version: ListedVersion, start: number, end: number): boolean {
    const document = this.#document;
    let from = start;
    let to = end;
    if (to - from >= 12 && document.startsWith('&quot;', from) && document.startsWith('&quot;', to - 6)) {
      from += 6;
      to -= 6;
    } else if (to - from >= 2 && document[from] === '"' && document[to - 1] === '"') {
      from++;
      to--;
    }
    version.etag = document.slice(from, to);
    return isPlain(document, from, to) && !this.#isDeleteMarker;
  }
}

/** No entity, no control character, no `>`: means what it says. */
function isPlain(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x26 || code === 0x3e) return false;
  }
  return true;
}

/** NaN unless there are one to fifteen digits: no double holds more exactly. */
function parseDigits(text: string, start: number, end: number): number {
  if (end === start || end - start > 15) return NaN;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}
