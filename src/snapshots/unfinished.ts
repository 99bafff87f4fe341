/**
 * Snapshots that are being taken, or whose taking was interrupted: `unfinished/<snapshot>.journal` under SnapshotsDir holds
 * what was asked for, and each key range that is finished. A journal is text, a line each, every line with its own
 * checksum: what a crash cut off is no line, and the key range that it would have named is listed again.
 */
import { createHash } from 'node:crypto';
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, systemErrorCode } from '../errors.ts';
import { createFile, listFolder, makeFolder, replaceFile, syncFolder } from '../index/atomic-file.ts';
import { fileError, naming } from '../index/file-error.ts';
import { compareSnapshotNames, isSnapshotName } from '../index/manifest.ts';
import type { RangeStore } from '../index/range-store.ts';
import type { WrittenRanges } from '../index/range-writer.ts';

/** What the snapshot will be, once it is finished. Times are ISO 8601, UTC. */
export interface SnapshotIntent {
  format: 2;
  snapshot: string;
  set: string;
  bucket: string;
  endpoint: string;
  prefix: string;
  asOf: string;
  listingStartedAt: string;
  held: boolean;
  tags: Record<string, string>;
  note: string;
  cutBits: number;
}

/** A key range `(after, upTo]` that begins and ends where ranges do, and whose ranges are on disk. */
export interface FinishedRange extends WrittenRanges {
  after?: string | undefined;
  upTo?: string | undefined;
}

export interface JournalledRange extends FinishedRange {
  /** Requests of all runs up to then. */
  requests: number;
}

export interface UnfinishedSnapshot {
  intent: SnapshotIntent;
  finished: JournalledRange[];
}

/** What the run that works on it holds a lock under, unlike any other run. */
export function lockNameOf(snapshot: string): string {
  return `snapshot ${snapshot}`;
}

/** The keys that finished key ranges hold, and the sizes of these. */
export function totalsOf(finished: readonly FinishedRange[]): { keys: number; bytes: number } {
  const totals = { keys: 0, bytes: 0 };
  for (const { entries, sizeBytes } of finished.flatMap(({ ranges }) => ranges)) {
    totals.keys += entries;
    totals.bytes += sizeBytes;
  }
  return totals;
}

const folderName = 'unfinished';
const suffix = '.journal';
const hashLength = 64;

export class UnfinishedSnapshots {
  readonly #snapshotsDir: string;
  readonly #folder: string;
  /** The folder is there, and durable. */
  #isMade = false;

  constructor(snapshotsDir: string) {
    this.#snapshotsDir = snapshotsDir;
    this.#folder = join(snapshotsDir, folderName);
  }

  /** By as-of time. One whose first line is not whole was never begun, and is left to gc. */
  async list(): Promise<UnfinishedSnapshot[]> {
    const found: UnfinishedSnapshot[] = [];
    const files = (await listFolder(this.#folder)).filter((file) => file.endsWith(suffix));
    const names = files.map((file) => file.slice(0, -suffix.length)).filter(isSnapshotName);
    for (const name of names.sort(compareSnapshotNames)) {
      const snapshot = await this.read(name);
      if (snapshot !== undefined) found.push(snapshot);
    }
    return found;
  }

  /** Undefined where there is none of that name, or it was never begun. */
  async read(snapshot: string): Promise<UnfinishedSnapshot | undefined> {
    return this.#read(this.#pathOf(snapshot));
  }

  /** @throws BackupError SNAPSHOTS_DIR, with the cause EEXIST where there is one of that name */
  async begin(intent: SnapshotIntent, ranges: RangeStore): Promise<SnapshotJournal> {
    await this.#makeFolder();
    const path = this.#pathOf(intent.snapshot);
    await createFile(path, Buffer.from(lineOf(intent)));
    return SnapshotJournal.open(path, ranges);
  }

  /** Writes the journal anew with what is still good of it, and goes on after that. */
  async resume({ intent, finished }: UnfinishedSnapshot, ranges: RangeStore): Promise<SnapshotJournal> {
    const path = this.#pathOf(intent.snapshot);
    await replaceFile(path, Buffer.from([intent, ...finished].map(lineOf).join('')));
    return SnapshotJournal.open(path, ranges);
  }

  /**
   * Forgets those of a bucket, and those that were never begun. Only for a run that is alone. What they had written of ranges is for
   * `RangeStore` to clear away, afterwards.
   */
  async removeOf(bucket: string): Promise<void> {
    for (const file of await listFolder(this.#folder)) {
      const path = join(this.#folder, file);
      const others = file.endsWith(suffix) ? await this.#read(path) : undefined;
      if (others !== undefined && others.intent.bucket !== bucket) continue;
      await naming('remove', path, () => rm(path, { force: true }));
    }
    await syncFolderIfThere(this.#folder);
  }

  #pathOf(snapshot: string): string {
    return join(this.#folder, snapshot + suffix);
  }

  async #makeFolder(): Promise<void> {
    if (this.#isMade) return;
    await makeFolder(this.#folder);
    await syncFolder(this.#snapshotsDir);
    this.#isMade = true;
  }

  /** Undefined where it is gone by now, or never was whole. */
  async #read(path: string): Promise<UnfinishedSnapshot | undefined> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw fileError('read', path, error);
    }
    const [intent, ...finished] = linesOf(text);
    if ((intent as Partial<SnapshotIntent> | undefined)?.format !== 2) return undefined;
    return { intent: intent as SnapshotIntent, finished: finished as JournalledRange[] };
  }
}

/** The journal of one snapshot being taken. */
export class SnapshotJournal {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #ranges: RangeStore;
  #waiting: JournalledRange[] = [];
  #scheduled: Promise<void> | undefined;
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, ranges: RangeStore) {
    this.#path = path;
    this.#handle = handle;
    this.#ranges = ranges;
  }

  static async open(path: string, ranges: RangeStore): Promise<SnapshotJournal> {
    return new SnapshotJournal(path, await naming('write', path, () => open(path, 'a')), ranges);
  }

  /**
   * Notes a finished key range, once all that it names is durable. May be called by many tasks at once: those that come
   * while one is being written go into the next write together.
   * @throws BackupError SNAPSHOTS_DIR
   */
  add(range: JournalledRange): Promise<void> {
    this.#waiting.push(range);
    this.#scheduled ??= this.#written.then(() => {
      this.#scheduled = undefined;
      return (this.#written = this.#write(this.#waiting.splice(0)));
    });
    return this.#scheduled;
  }

  /** Ends the writing; the snapshot can be resumed. */
  async close(): Promise<void> {
    await naming('write', this.#path, () => this.#handle.close());
  }

  /** Ends it for good: the snapshot is finished, or there is nothing to resume. */
  async remove(): Promise<void> {
    await this.close();
    await naming('remove', this.#path, () => rm(this.#path, { force: true }));
  }

  async #write(ranges: readonly JournalledRange[]): Promise<void> {
    await this.#ranges.sync();
    await naming('write', this.#path, async () => {
      await this.#handle.appendFile(ranges.map(lineOf).join(''));
      await this.#handle.datasync();
    });
  }
}

async function syncFolderIfThere(folder: string): Promise<void> {
  await syncFolder(folder).catch((error: unknown) => {
    if (!(error instanceof BackupError) || systemErrorCode(error.cause) !== 'ENOENT') throw error;
  });
}

function lineOf(value: SnapshotIntent | JournalledRange): string {
  const text = JSON.stringify(value);
  return `${sha256(text)} ${text}\n`;
}

/** What the lines hold, up to the first one that is not whole. */
function linesOf(text: string): unknown[] {
  const values: unknown[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const json = line.slice(hashLength + 1);
    if (line.slice(0, hashLength) !== sha256(json)) break;
    values.push(JSON.parse(json));
  }
  return values;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
