/**
 * A temporary file of JSON lines: a plan or a mark can name every key of a bucket, so it is written out and read back,
 * never held in memory. It lies in SnapshotsDir/plans or another folder there; what a crash leaves in plans/, the next gc clears away.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from './errors.ts';
import { syncFolder } from './index/atomic-file.ts';
import { naming } from './index/file-error.ts';

const plansFolder = 'plans';
const flushCharacters = 1 << 18;
const pieceReadBytes = 1 << 14;

export class Spool<T> {
  readonly #path: string;
  readonly #handle: FileHandle;
  #buffered = '';
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /**
   * @param name unique among the runs in this folder
   * @param folderName in SnapshotsDir
   * @throws BackupError SNAPSHOTS_DIR, as do all methods here
   */
  static async create<T>(snapshotsDir: string, name: string, folderName = plansFolder): Promise<Spool<T>> {
    const folder = join(snapshotsDir, folderName);
    const path = join(folder, `${name}.ndjson`);
    return naming('write', path, async () => {
      await mkdir(folder, { recursive: true });
      return new Spool<T>(path, await open(path, 'wx', 0o600));
    });
  }

  /** Appends; may be called by many tasks at once. */
  async add(items: readonly T[]): Promise<void> {
    for (const item of items) this.#buffered += `${JSON.stringify(item)}\n`;
    if (this.#buffered.length >= flushCharacters) await this.flush();
  }

  /** Due before reading. */
  async flush(): Promise<void> {
    const text = this.#buffered;
    this.#buffered = '';
    this.#written = this.#written.then(() =>
      naming('write', this.#path, () => this.#handle.appendFile(text)),
    );
    await this.#written;
  }

  /** What was added, in that order. */
  async *items(): AsyncGenerator<T> {
    let rest = '';
    for await (const text of createReadStream(this.#path, 'utf8') as AsyncIterable<string>) {
      // Not by readline: it also ends lines at U+2028, which JSON leaves as it is in keys.
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as T;
    }
  }

  /**
   * What was added, taken in turns from places all over it: what stands close together comes far apart, as requests for keys
   * that follow each other hammer one part of a bucket (trap 26).
   */
  async *itemsFromAllOver(places: number): AsyncGenerator<T> {
    const { size } = await naming('write', this.#path, () => this.#handle.stat());
    const pieceBytes = Math.ceil(size / places);
    const pieces = Array.from({ length: places }, (_, i) =>
      this.#linesBetween(i * pieceBytes, Math.min((i + 1) * pieceBytes, size)),
    );
    try {
      while (pieces.length > 0) {
        for (const piece of [...pieces]) {
          const next = await piece.next();
          if (next.done === true) pieces.splice(pieces.indexOf(piece), 1);
          else yield next.value;
        }
      }
    } finally {
      for (const piece of pieces) await piece.return(undefined);
    }
  }

  /** The lines that begin in `[startByte, endByte)`. */
  async *#linesBetween(startByte: number, endByte: number): AsyncGenerator<T> {
    if (startByte >= endByte) return;
    // From the byte before: where that is a newline, a line begins at the start.
    const from = Math.max(0, startByte - 1);
    let at = from;
    let skipped = startByte === 0;
    let rest: Buffer = Buffer.alloc(0);
    const stream = createReadStream(this.#path, { start: from, highWaterMark: pieceReadBytes });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
        const line = rest.subarray(0, end);
        const begins = at;
        at += end + 1;
        rest = rest.subarray(end + 1);
        if (!skipped) skipped = true;
        else if (begins < endByte) yield JSON.parse(line.toString('utf8')) as T;
        if (at >= endByte) return;
      }
    }
  }

  /** What was added survives a power cut. */
  async makeDurable(): Promise<void> {
    await this.flush();
    await naming('write', this.#path, async () => {
      await this.#handle.datasync();
      const folder = dirname(this.#path);
      await syncFolder(folder);
      await syncFolder(dirname(folder));
    });
  }

  /** The file stays. */
  async close(): Promise<void> {
    await naming('write', this.#path, () => this.#handle.close());
  }

  async remove(): Promise<void> {
    await this.close();
    await naming('write', this.#path, async () => {
      await rm(this.#path, { force: true });
    });
  }
}

/** Removes what crashed runs left. Only for a run that is alone. */
export async function removeSpools(snapshotsDir: string, folderName = plansFolder): Promise<void> {
  const folder = join(snapshotsDir, folderName);
  await naming('write', folder, async () => {
    for (const name of await readdir(folder).catch(emptyWhereMissing))
      await rm(join(folder, name), { force: true });
  });
}

function emptyWhereMissing(error: unknown): string[] {
  if (systemErrorCode(error) === 'ENOENT') return [];
  throw error;
}
