/**
 * One entry as a CSV line: `key,versionId,size,lastModified,etag,storageClass\n`, ASCII only (docs/formats.md).
 * What can be written can be read and the other way round: a line that a later run refuses would be a lost entry.
 */
import { BackupError } from '../errors.ts';
import type { Entry } from './entry.ts';
import { ENTRY_TIME, ENTRY_TIME_BYTES, parseEntryTime, writeEntryTime } from './entry-time.ts';
import { decodeField, maxFieldBytes, writeField } from './key-encoding.ts';

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

/** The longest that the line of an entry can be. */
export function maxLineBytes({ key, versionId, etag, storageClass }: Entry): number {
  return (
    maxFieldBytes(key) +
    maxFieldBytes(versionId) +
    maxFieldBytes(etag) +
    maxFieldBytes(storageClass) +
    REST_BYTES
  );
}

/**
 * Writes the line of an entry, with its `\n`, at an offset, and returns the offset behind it. This runs once for every key
 * of a bucket: bytes at once cost a third of what a string does that becomes bytes later.
 * @param bytes with room for `maxLineBytes(entry)` from there
 * @throws BackupError LISTING_INVALID for an entry that has no line: an empty key or version id, ill-formed Unicode,
 * a size or a time that is none
 */
export function writeEntry(entry: Entry, bytes: Buffer, at: number): number {
  if (entry.key === '' || entry.versionId === '') throw unwritable(entry, 'its key or version id is empty');
  at = writeField(entry.key, bytes, at);
  bytes[at++] = COMMA;
  at = writeField(entry.versionId, bytes, at);
  bytes[at++] = COMMA;
  at = writeSize(entry, bytes, at);
  bytes[at++] = COMMA;
  at = writeTime(entry, bytes, at);
  bytes[at++] = COMMA;
  at = writeField(entry.etag, bytes, at);
  bytes[at++] = COMMA;
  at = writeField(entry.storageClass, bytes, at);
  bytes[at++] = NEWLINE;
  return at;
}

/** The line of an entry as `writeEntry` writes it. */
export function encodeEntry(entry: Entry): string {
  const bytes = Buffer.allocUnsafe(maxLineBytes(entry));
  return bytes.toString('latin1', 0, writeEntry(entry, bytes, 0));
}

function writeSize(entry: Entry, bytes: Buffer, at: number): number {
  const { sizeBytes } = entry;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw unwritable(entry, `${sizeBytes} is no size in bytes`);
  }
  let digits = 1;
  for (let power = 10; power <= sizeBytes; power *= 10) digits++;
  let rest = sizeBytes;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + (rest - tenth * 10);
    rest = tenth;
  }
  return at + digits;
}

function writeTime(entry: Entry, bytes: Buffer, at: number): number {
  try {
    return writeEntryTime(entry.lastModifiedMs, bytes, at);
  } catch (cause) {
    throw unwritable(entry, `${entry.lastModifiedMs} is no time in milliseconds`, cause);
  }
}

function unwritable(entry: Entry, reason: string, cause?: unknown): BackupError {
  return new BackupError(
    'LISTING_INVALID',
    `The entry of key ${JSON.stringify(entry.key)} cannot be written: ${reason}`,
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
