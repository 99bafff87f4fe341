/**
 * One entry as a CSV line: `key,versionId,size,lastModified,etag,storageClass\n`, ASCII only (docs/formats.md).
 * What can be written can be read and the other way round: a line that a later run refuses would be a lost entry.
 */
import { BOUNDS_PER_ROW, TEXT_FIELDS, textOf, type EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { ENTRY_TIME, ENTRY_TIME_BYTES, parseEntryTime, writeEntryTime } from './entry-time.ts';
import { decodeField, maxFieldBytes, writeField } from './key-encoding.ts';
import { LineBuffer } from './line-buffer.ts';
import { tabulate } from './tabulate.ts';

/** A line as a whole: one match is several times faster than a look at every field. Escapes are for `decodeField`. */
const TEXT = '[A-Za-z0-9\\-_.~/%]';
const LINE = new RegExp(
  `(${TEXT}+),(${TEXT}+),(0|[1-9]\\d{0,15}),(${ENTRY_TIME}),(${TEXT}*),(${TEXT}*)\\n`,
  'y',
);

const COMMA = 0x2c;
const NEWLINE = 0x0a;
const ZERO = 0x30;
/** Size, time, commas and the line's end. */
const REST_BYTES = 16 + ENTRY_TIME_BYTES + 6;

/** The longest that the line of a row can be. */
export function maxLineBytes({ bounds }: EntryTable, row: number): number {
  const at = row * BOUNDS_PER_ROW;
  let textBytes = 0;
  for (let i = at; i < at + BOUNDS_PER_ROW; i += 2) textBytes += bounds[i + 1]! - bounds[i]!;
  return maxFieldBytes(textBytes) + REST_BYTES;
}

/**
 * Appends the line of a row, with its `\n`. This runs once for every key of a bucket.
 * @param to with room for `maxLineBytes(table, row)` more
 * @throws BackupError LISTING_INVALID for an entry that has no line: an empty key or version id, a size or a time that is none
 */
export function writeEntry(table: EntryTable, row: number, to: LineBuffer): void {
  const { bounds } = table;
  const place = row * BOUNDS_PER_ROW;
  if (bounds[place] === bounds[place + 1] || bounds[place + 2] === bounds[place + 3])
    throw unwritable(table, row, 'its key or version id is empty');
  const writeText = table.mayNeedEscapes[row] === 0 ? writePlain : writeEncoded;
  const { bytes } = to;
  let at = writeText(table, place + TEXT_FIELDS.key, to, to.length);
  bytes[at++] = COMMA;
  at = writeText(table, place + TEXT_FIELDS.versionId, to, at);
  bytes[at++] = COMMA;
  at = writeSize(table, row, bytes, at);
  bytes[at++] = COMMA;
  at = writeTime(table, row, bytes, at);
  bytes[at++] = COMMA;
  at = writeText(table, place + TEXT_FIELDS.etag, to, at);
  bytes[at++] = COMMA;
  at = writeText(table, place + TEXT_FIELDS.storageClass, to, at);
  bytes[at++] = NEWLINE;
  to.length = at;
}

/** Copies a text, four bytes at a time: that takes a third of the time of one at a time. */
function writePlain({ bounds, bytes, view }: EntryTable, place: number, to: LineBuffer, at: number): number {
  const end = bounds[place + 1]!;
  let from = bounds[place]!;
  for (; from + 4 <= end; from += 4, at += 4) to.view.setInt32(at, view.getInt32(from, true), true);
  for (; from < end; from++, at++) to.bytes[at] = bytes[from]!;
  return at;
}

function writeEncoded({ bounds, bytes }: EntryTable, place: number, to: LineBuffer, at: number): number {
  return writeField(bytes, bounds[place]!, bounds[place + 1]!, to.bytes, at);
}

/**
 * The line of an entry as `writeEntry` writes it.
 * @throws BackupError LISTING_INVALID as that, and for ill-formed Unicode
 */
export function encodeEntry(entry: Entry): string {
  const table = tabulate([entry]);
  const line = new LineBuffer(maxLineBytes(table, 0));
  writeEntry(table, 0, line);
  return line.filled.toString('latin1');
}

function writeSize(table: EntryTable, row: number, to: Uint8Array, at: number): number {
  const sizeBytes = table.sizesBytes[row]!;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw unwritable(table, row, `${sizeBytes} is no size in bytes`);
  }
  let digits = 1;
  for (let power = 10; power <= sizeBytes; power *= 10) digits++;
  let rest = sizeBytes;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    to[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return at + digits;
}

function writeTime(table: EntryTable, row: number, to: Uint8Array, at: number): number {
  const timeMs = table.lastModifiedMs[row]!;
  try {
    return writeEntryTime(timeMs, to, at);
  } catch (cause) {
    throw unwritable(table, row, `${timeMs} is no time in milliseconds`, cause);
  }
}

function unwritable(table: EntryTable, row: number, reason: string, cause?: unknown): BackupError {
  return new BackupError(
    'LISTING_INVALID',
    `The entry of key ${JSON.stringify(textOf(table, row, 'key'))} cannot be written: ${reason}`,
    { hint: 'The server listed this object in a way that S3 does not. Look at it, then run again.', cause },
  );
}

/**
 * The entries of whole lines, in their order. Their strings are slices that keep the whole text in memory: who keeps a few
 * entries of many ranges copies them.
 * @param plain content of a range, or part of it; ends with `\n` unless empty
 * @param source what the error names: the file
 * @throws BackupError INDEX_DAMAGED naming source and line
 */
export function parseEntries(plain: Buffer, source: string): Entry[] {
  const text = plain.toString('latin1');
  const entries: Entry[] = [];
  for (let at = 0; at < text.length;) {
    try {
      entries.push(parseEntryAt(text, at));
    } catch (cause) {
      throw damagedLine(source, entries.length + 1, cause);
    }
    at = LINE.lastIndex;
  }
  return entries;
}

/** The entry whose line begins at `at`; `LINE.lastIndex` is the end of that line then. */
function parseEntryAt(text: string, at: number): Entry {
  LINE.lastIndex = at;
  const match = LINE.exec(text);
  if (match === null) throw new Error(`${excerpt(text, at)} is no entry`);
  const [, key, versionId, size, lastModified, etag, storageClass] = match as unknown as LineMatch;
  const sizeBytes = Number(size);
  if (!Number.isSafeInteger(sizeBytes)) throw new Error(`${size} is no size in bytes`);
  return {
    key: decodeMatched(key),
    versionId: decodeMatched(versionId),
    sizeBytes,
    lastModifiedMs: parseEntryTime(lastModified),
    etag: decodeMatched(etag),
    storageClass: decodeMatched(storageClass),
  };
}

/** `LINE` has seen to it that a field without escapes is plain. */
function decodeMatched(field: string): string {
  return field.includes('%') ? decodeField(field) : field;
}

type LineMatch = [
  line: string,
  key: string,
  versionId: string,
  size: string,
  lastModified: string,
  etag: string,
  storageClass: string,
];

function excerpt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  const line = text.slice(at, end === -1 ? undefined : end + 1);
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line);
}

function damagedLine(source: string, lineNumber: number, cause: unknown): BackupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError('INDEX_DAMAGED', `Line ${lineNumber} of ${source} is damaged: ${reason}`, {
    hint: 'Restore that file from a copy of SnapshotsDir, or choose another snapshot.',
    cause,
  });
}
