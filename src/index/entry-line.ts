/**
 * One entry as a CSV line: `key,versionId,size,lastModified,etag,storageClass\n`, ASCII only (docs/formats.md).
 * What can be written can be read and the other way round: a line that a later run refuses would be a lost entry.
 */
import type { EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import { kernel } from '../kernel/kernel.ts';
import type { Entry } from './entry.ts';
import { ENTRY_TIME, parseEntryTime } from './entry-time.ts';
import { decodeField } from './key-encoding.ts';
import { entryAt, tabulate } from './tabulate.ts';

/** A line as a whole: one match is several times faster than a look at every field. Escapes are for `decodeField`. */
const TEXT = '[A-Za-z0-9\\-_.~/%]';
const LINE = new RegExp(
  `(${TEXT}+),(${TEXT}+),(0|[1-9]\\d{0,15}),(${ENTRY_TIME}),(${TEXT}*),(${TEXT}*)\\n`,
  'y',
);

const NO_CUTS = 0x7fffffff;

/**
 * The line of an entry, with its `\n`.
 * @throws BackupError LISTING_INVALID for an entry that has no line: an empty key or version id, a size or a time that is none,
 * ill-formed Unicode
 */
export function encodeEntry(entry: Entry): string {
  const table = tabulate([entry]);
  const { lines, rows } = kernel().writeLines(table, Int32Array.of(0), 0, undefined, NO_CUTS);
  if (rows === 0) throw withoutLine(table, 0);
  return lines.toString('latin1');
}

/** Why the kernel has written no line of a row. */
export function withoutLine(table: EntryTable, row: number): BackupError {
  const { key, versionId, sizeBytes, lastModifiedMs } = entryAt(table, row);
  const reason =
    key === '' || versionId === ''
      ? 'its key or version id is empty'
      : Number.isSafeInteger(sizeBytes) && sizeBytes >= 0
        ? `${lastModifiedMs} is no time in milliseconds`
        : `${sizeBytes} is no size in bytes`;
  return new BackupError(
    'LISTING_INVALID',
    `The entry of key ${JSON.stringify(key)} cannot be written: ${reason}`,
    {
      hint: 'The server listed this object in a way that S3 does not. Look at it, then run again.',
    },
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
