/**
 * A snapshot file of the program of 2015 of this name: `{"File","Timestamp","Contents":[{"Key","LastModified","Size","VersionID"}]}`,
 * named by local time with offset and zone (`20150605152158-0500CDT`), as gzip where the name ends in `.Z`. Contents are in no
 * order: as many workers as there were folders wrote them.
 */
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { BackupError, systemErrorCode } from '../errors.ts';
import { JsonListError, readJsonList } from './json-list.ts';
import { parseOldTime } from './old-entry.ts';

/** A file that cannot be taken, and why. */
export class OldFileError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'OldFileError';
  }
}

export interface OldFile {
  path: string;
  /** Its name without the `.Z` of gzip: what identifies it, compressed or not. */
  name: string;
}

const listNames = new Set(['contents', 'version', 'versions']);
const nameForm = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})([+-]\d{2})(\d{2})/;
const gzipMagic = 0x1f8b;
/** The catalogue of a SnapshotsDir that both programs have used. */
const ownFile = /^(?:catalogue\.sqlite|\.)/;

/**
 * The files of a folder that may be old snapshots; not what lies in folders beneath it, hidden files, or a catalogue of ours.
 * @throws BackupError USAGE where the folder cannot be read
 */
export async function oldFilesIn(folder: string): Promise<OldFile[]> {
  try {
    const names = (await readdir(folder)).filter((name) => !ownFile.test(name)).sort();
    const files: OldFile[] = [];
    for (const name of names) {
      const path = join(folder, name);
      if ((await stat(path)).isFile()) files.push({ path, name: name.replace(/\.Z$/, '') });
    }
    return files;
  } catch (cause) {
    throw new BackupError('USAGE', `${folder} cannot be read (${systemErrorCode(cause) ?? String(cause)}).`, {
      hint: 'Name the folder that holds the snapshot files of the old program.',
      cause,
    });
  }
}

/**
 * Elements in batches, as they stand in the file.
 * @throws OldFileError where it cannot be read to its end
 */
export async function* elementsOf({ path }: OldFile): AsyncGenerator<unknown[]> {
  yield* naming(readJsonList(textOf(path), isListName).elements());
}

/**
 * When the snapshot was begun: its Timestamp, else the time in the file's name. Milliseconds since the epoch, cut to the second.
 * @throws OldFileError where neither tells, or the file is none
 */
export async function timeOf(file: OldFile): Promise<number> {
  const document = readJsonList(textOf(file.path), isListName);
  // What follows the list is as well found in the name.
  for await (const _batch of naming(document.elements())) break;
  const stated = [...document.fields].find(([name]) => name.toLowerCase() === 'timestamp')?.[1];
  const statedMs = parseOldTime(stated ?? undefined);
  const timeMs = statedMs ?? timeInName(file.name);
  if (timeMs === undefined)
    throw new OldFileError('neither a Timestamp before its list nor its name says of when it is');
  if (Number.isNaN(timeMs)) throw new OldFileError('its Timestamp is no time');
  return Math.floor(timeMs / 1000) * 1000;
}

/** Undefined for a name of another form. The offset counts; the zone's name after it is for people. */
export function timeInName(name: string): number | undefined {
  const match = nameForm.exec(name);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, zoneHour, zoneMinute] = match;
  const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zoneHour}:${zoneMinute}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function isListName(field: string): boolean {
  return listNames.has(field.toLowerCase());
}

/** By content, not by name: a file that was unpacked may still be called `.Z`. */
async function* textOf(path: string): AsyncGenerator<string> {
  const isPacked = await isGzip(path);
  const bytes = createReadStream(path);
  const plain = isPacked ? bytes.pipe(createGunzip()) : bytes;
  // A pipe does not hand on errors.
  if (isPacked) bytes.once('error', (error) => plain.destroy(error));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const piece of plain as AsyncIterable<Buffer>) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } finally {
    plain.destroy();
    bytes.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE() === gzipMagic;
  } finally {
    await handle.close();
  }
}

async function* naming(batches: AsyncGenerator<unknown[]>): AsyncGenerator<unknown[]> {
  try {
    yield* batches;
  } catch (error) {
    if (error instanceof JsonListError) throw new OldFileError(error.message, error);
    const code = systemErrorCode(error);
    if (code === 'Z_BUF_ERROR') throw new OldFileError('it is cut off', error);
    if (code?.startsWith('Z_')) throw new OldFileError('it is damaged: gzip cannot unpack it', error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new OldFileError('it is not UTF-8 text', error);
    if (code !== undefined) throw new OldFileError(`it cannot be read (${code})`, error);
    throw error;
  }
}
