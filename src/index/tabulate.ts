/** Entries that are objects, as the table that ranges are written from. */
import { Columns, textOf, type EntryTable } from '../entry-table.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from './entry.ts';

/** @throws BackupError LISTING_INVALID for a text with a lone surrogate: it has no UTF-8 form, so it could not come back */
export function tabulate(entries: readonly Entry[]): EntryTable {
  const columns = new Columns(entries.length);
  const texts = entries.flatMap(({ key, versionId, etag, storageClass }) => [
    key,
    versionId,
    etag,
    storageClass,
  ]);
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    if (!text.isWellFormed()) throw illFormed(text);
    columns.bounds[2 * index] = at;
    at += bytes.write(text, at);
    columns.bounds[2 * index + 1] = at;
  }
  for (const [row, { sizeBytes, lastModifiedMs }] of entries.entries()) {
    columns.sizesBytes[row] = sizeBytes;
    columns.lastModifiedMs[row] = lastModifiedMs;
  }
  columns.mayNeedEscapes.fill(1);
  return { bytes, length: bytes.length, generation: 0, columns };
}

/** The entry of a row, which does not need the table any more. */
export function entryAt(table: EntryTable, row: number): Entry {
  return {
    key: textOf(table, row, 'key'),
    versionId: textOf(table, row, 'versionId'),
    sizeBytes: table.columns.sizesBytes[row]!,
    lastModifiedMs: table.columns.lastModifiedMs[row]!,
    etag: textOf(table, row, 'etag'),
    storageClass: textOf(table, row, 'storageClass'),
  };
}

function illFormed(text: string): BackupError {
  return new BackupError(
    'LISTING_INVALID',
    `${JSON.stringify(text)} is not well-formed Unicode, which S3 keys are`,
    { hint: 'The server sent a key that is no UTF-8. Rename or delete that object.' },
  );
}
