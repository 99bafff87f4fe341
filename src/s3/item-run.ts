/**
 * The fast way through a page: a run of items, which is nearly all of it, is read by its layouts and taken out; what is left is a
 * small document that is read element by element. The first item of each layout is read so too, as a document of its own.
 */
import { kernel, type Layout } from '../kernel/kernel.ts';
import { layoutOf } from './item-layout.ts';
import { readItem } from './listed-item.ts';
import { XmlError } from './xml-error.ts';
import { XmlReader } from './xml-reader.ts';
import type { VersionTable } from './version-table.ts';

export interface ItemRun {
  /** Where it begins and ends in the body, with the whitespace before it. */
  start: number;
  end: number;
}

const KINDS = [
  { start: Buffer.from('<Version>'), end: Buffer.from('</Version>'), isDeleteMarker: false },
  { start: Buffer.from('<DeleteMarker>'), end: Buffer.from('</DeleteMarker>'), isDeleteMarker: true },
] as const;
/** What a version without a storage class is of. */
const STANDARD = Buffer.from('STANDARD');

/**
 * Reads the run that begins with the first item into `table`, as far as it can be read in this way; undefined where there is none.
 * Whether the items stand where items belong is for the caller to find out, who reads what is around them.
 * @param body the page of `table`, which has no rows yet
 */
export function readItemRun(body: Buffer, table: VersionTable): ItemRun | undefined {
  const from = firstItem(body);
  if (from < 0) return undefined;
  const standardAt = table.page.append(STANDARD);
  const places = { bodyBytes: body.length, from, standardAt };
  const { end, rows } = kernel().readItems(table, places, (at) => layoutAt(body, at));
  table.rows = rows;
  return rows === 0 ? undefined : { start: beforeSpace(body, from), end };
}

function firstItem(body: Buffer): number {
  const [version, marker] = KINDS;
  const firstVersion = body.indexOf(version.start);
  const before = firstVersion < 0 ? body : body.subarray(0, firstVersion);
  const firstMarker = before.indexOf(marker.start);
  return firstMarker < 0 ? firstVersion : firstMarker;
}

/** The layout of the item that stands there; undefined where none does, or its layout cannot be told. */
function layoutAt(body: Buffer, at: number): Layout | undefined {
  const start = afterSpace(body, at);
  const kind = KINDS.find((each) => startsWith(body, start, each.start));
  if (kind === undefined) return undefined;
  const closing = body.indexOf(kind.end, start);
  return closing < 0
    ? undefined
    : readAlone(body.subarray(start, closing + kind.end.length), kind.isDeleteMarker);
}

/** Undefined where the item is not well-formed by itself. */
function readAlone(item: Buffer, isDeleteMarker: boolean): Layout | undefined {
  try {
    const reader = new XmlReader(item);
    // In characters, which are bytes as long as they are ASCII.
    if (reader.document.length !== item.length) return undefined;
    reader.openRoot();
    const { spans } = readItem(reader, isDeleteMarker);
    reader.finish();
    return layoutOf(item, isDeleteMarker, spans);
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
