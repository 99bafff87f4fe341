/**
 * The fast way through a page: a run of items, which is nearly all of it, is read by its layouts and taken out; what is left is a
 * small document that is read element by element. The first item of each layout is read so as well, as a document of its own.
 */
import { viewOf } from '../entry-table.ts';
import { ItemLayout } from './item-layout.ts';
import { readItem } from './listed-item.ts';
import type { ListedVersion } from './types.ts';
import { XmlError } from './xml-error.ts';
import { XmlReader } from './xml-reader.ts';
import type { VersionTable } from './version-table.ts';

export interface ItemRun {
  /** Where it begins and ends in the body, with the whitespace before it. */
  start: number;
  end: number;
}

/** More layouts than this on one page: then it is not worth while. */
const MAX_LAYOUTS = 8;
const KINDS = [
  { start: Buffer.from('<Version>'), end: Buffer.from('</Version>'), isDeleteMarker: false },
  { start: Buffer.from('<DeleteMarker>'), end: Buffer.from('</DeleteMarker>'), isDeleteMarker: true },
] as const;

/**
 * Reads the run that begins with the first item into `table`, as far as it can be read in this way; undefined where there is none.
 * Whether the items stand where items belong is for the caller to find out, who reads what is around them.
 */
export function readItemRun(body: Buffer, table: VersionTable): ItemRun | undefined {
  const first = firstItem(body);
  if (first < 0) return undefined;
  const run = new RunReader(body, first, table);
  while (run.readByLayout() || run.learn());
  return table.rows === 0 ? undefined : { start: beforeSpace(body, first), end: run.end };
}

function firstItem(body: Buffer): number {
  const [version, marker] = KINDS;
  const firstVersion = body.indexOf(version.start);
  const before = firstVersion < 0 ? body : body.subarray(0, firstVersion);
  const firstMarker = before.indexOf(marker.start);
  return firstMarker < 0 ? firstVersion : firstMarker;
}

class RunReader {
  /** Behind the last item. */
  end: number;

  readonly #body: Buffer;
  readonly #view: DataView;
  readonly #table: VersionTable;
  /** The one that fitted last comes first. */
  readonly #layouts: ItemLayout[] = [];

  constructor(body: Buffer, start: number, table: VersionTable) {
    this.#body = body;
    this.#view = viewOf(body);
    this.end = start;
    this.#table = table;
  }

  /** Reads the next item; false where no layout fits. */
  readByLayout(): boolean {
    const start = afterSpace(this.#body, this.end);
    for (let i = 0; i < this.#layouts.length; i++) {
      const layout = this.#layouts[i]!;
      const end = layout.read(this.#view, start, this.#table);
      if (end < 0) continue;
      this.end = end;
      if (i > 0) this.#layouts.unshift(...this.#layouts.splice(i, 1));
      return true;
    }
    return false;
  }

  /** Reads the next item element by element, and learns its layout; false where that cannot be done. */
  learn(): boolean {
    const start = afterSpace(this.#body, this.end);
    const kind = KINDS.find((each) => startsWith(this.#body, start, each.start));
    if (kind === undefined || this.#layouts.length === MAX_LAYOUTS) return false;
    const closing = this.#body.indexOf(kind.end, start);
    if (closing < 0) return false;
    const end = closing + kind.end.length;
    const learnt = readAlone(this.#body.subarray(start, end), kind.isDeleteMarker);
    if (learnt === undefined) return false;
    this.#layouts.unshift(learnt.layout);
    this.#table.add(learnt.version);
    this.end = end;
    return true;
  }
}

/** Undefined where the item is not well-formed by itself, or its layout cannot be told. */
function readAlone(
  item: Buffer,
  isDeleteMarker: boolean,
): { version: ListedVersion; layout: ItemLayout } | undefined {
  try {
    const reader = new XmlReader(item);
    // In characters, which are bytes as long as they are ASCII.
    if (reader.document.length !== item.length) return undefined;
    reader.openRoot();
    const { version, spans } = readItem(reader, isDeleteMarker);
    reader.finish();
    const layout = ItemLayout.learn(item, isDeleteMarker, spans);
    return layout === undefined ? undefined : { version, layout };
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

function startsWith(body: Buffer, at: number, expected: Buffer): boolean {
  return body.subarray(at, at + expected.length).equals(expected);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}

function afterSpace(body: Buffer, at: number): number {
  while (isSpace(body[at])) at++;
  return at;
}

function beforeSpace(body: Buffer, at: number): number {
  while (isSpace(body[at - 1])) at--;
  return at;
}
