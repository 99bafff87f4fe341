/**
 * A run of entries in its plain form, in a temporary file: a range that has no name yet, or the piece of one that
 * a key range begins or ends with. It is plain because most ranges of a bucket that changed little exist
 * already: those are dropped without having been compressed. It is spooled to a file because a run is as long as
 * its keys make it, and memory is not to depend on that; it seldom lives long enough to reach the disk.
 */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { textOf, type EntryTable } from '../entry-table.ts';
import { TemporaryFile } from './atomic-file.ts';
import { FRAME_BYTES } from './codec.ts';
import { maxLineBytes, writeEntry } from './entry-line.ts';
import { naming } from './file-error.ts';
import { LineBuffer } from './line-buffer.ts';

/** Plain data, so that it can cross threads or be noted in a journal. */
export interface Fragment {
  path: string;
  /** SHA-256 of its plain bytes, in lower-case hex. */
  hash: string;
  firstKey: string;
  lastKey: string;
  entries: number;
  /** Sum of the objects' sizes. */
  sizeBytes: number;
  plainBytes: number;
}

/** Lines wait in memory until there are this many bytes of them: fewer, larger writes. */
const FLUSH_BYTES = 256 * 1024;
/** Room behind that for the line which reaches it. Only stores with odd ids have longer ones. */
const USUAL_LINE_BYTES = 16 * 1024;

export function newLineBuffer(): LineBuffer {
  return new LineBuffer(FLUSH_BYTES + USUAL_LINE_BYTES);
}

/** A fragment being written. Ends with `close` or `discard`. */
export class FragmentWriter {
  readonly #file: TemporaryFile;
  readonly #hash = createHash('sha256');
  readonly #lines: LineBuffer;
  #firstKey: string | undefined;
  #lastKey: string | undefined;
  #entries = 0;
  #sizeBytes = 0;
  #plainBytes = 0;

  private constructor(file: TemporaryFile, lines: LineBuffer) {
    this.#file = file;
    this.#lines = lines;
  }

  /**
   * @param lines what lines wait in, of `newLineBuffer`: whoever writes one fragment after the other uses one for all
   * @throws BackupError SNAPSHOTS_DIR, as do all methods here that touch the file
   */
  static async create(folder: string, lines = newLineBuffer()): Promise<FragmentWriter> {
    return new FragmentWriter(await TemporaryFile.create(folder), lines);
  }

  /**
   * Appends an entry. It may wait in memory: call `flush` while `isFull`.
   * @throws BackupError LISTING_INVALID for an entry that has no line
   */
  add(table: EntryTable, row: number): void {
    this.#lines.makeRoom(maxLineBytes(table, row));
    writeEntry(table, row, this.#lines);
    this.#firstKey ??= textOf(table, row, 'key');
    this.#entries++;
    this.#sizeBytes += table.sizesBytes[row]!;
  }

  get isFull(): boolean {
    return this.#lines.length >= FLUSH_BYTES;
  }

  /**
   * Writes what waits. Not by another thread: the system only copies it, and as long as that took, the page that the
   * entries came in would stay in memory, for each key range that is listed.
   */
  flush(): void {
    if (this.#lines.length === 0) return;
    this.#append(this.#lines.filled);
    this.#lines.length = 0;
  }

  /** Appends all of a fragment whose entries follow those here. */
  async addFragment(fragment: Fragment): Promise<void> {
    this.flush();
    for await (const chunk of chunksOf(fragment)) this.#append(chunk);
    this.#firstKey ??= fragment.firstKey;
    this.#lastKey = fragment.lastKey;
    this.#entries += fragment.entries;
    this.#sizeBytes += fragment.sizeBytes;
  }

  #append(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#plainBytes += bytes.length;
    this.#file.writeNow(bytes);
  }

  /**
   * The finished fragment; it holds at least one entry.
   * @param lastKey of the entry that was added last; not needed after `addFragment`
   */
  async close(lastKey = this.#lastKey): Promise<Fragment> {
    this.flush();
    await this.#file.close();
    if (this.#firstKey === undefined || lastKey === undefined)
      throw new Error(`The fragment ${this.#file.path} is empty`);
    return {
      path: this.#file.path,
      hash: this.#hash.digest('hex'),
      firstKey: this.#firstKey,
      lastKey,
      entries: this.#entries,
      sizeBytes: this.#sizeBytes,
      plainBytes: this.#plainBytes,
    };
  }

  async discard(): Promise<void> {
    await this.#file.discard();
  }
}

/**
 * The plain bytes of a fragment in chunks of `FRAME_BYTES`, the last one shorter. A chunk is valid until the next one.
 * @throws BackupError SNAPSHOTS_DIR where it cannot be read, or is not what was written
 */
export async function* chunksOf(fragment: Fragment): AsyncGenerator<Buffer> {
  const handle = await naming('read', fragment.path, () => open(fragment.path, 'r'));
  try {
    const buffer = Buffer.allocUnsafe(Math.min(FRAME_BYTES, fragment.plainBytes));
    const hash = createHash('sha256');
    for (let at = 0; at < fragment.plainBytes;) {
      const chunk = buffer.subarray(0, Math.min(buffer.length, fragment.plainBytes - at));
      await naming('read', fragment.path, () => readFully(handle, chunk, at));
      hash.update(chunk);
      at += chunk.length;
      yield chunk;
    }
    await naming('read', fragment.path, async () => {
      if (hash.digest('hex') !== fragment.hash) throw new Error('it does not hold what was written to it');
    });
  } finally {
    await handle.close();
  }
}

async function readFully(
  handle: {
    read: (
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
    ) => Promise<{ bytesRead: number }>;
  },
  chunk: Buffer,
  position: number,
): Promise<void> {
  for (let filled = 0; filled < chunk.length;) {
    const { bytesRead } = await handle.read(chunk, filled, chunk.length - filled, position + filled);
    if (bytesRead === 0) throw new Error('it is shorter than what was written to it');
    filled += bytesRead;
  }
}

/** Removes a fragment that is not needed any more. It may be gone already. */
export async function discardFragment(fragment: Fragment): Promise<void> {
  await naming('remove', fragment.path, () => rm(fragment.path, { force: true }));
}
