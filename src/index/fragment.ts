/**
 * A run of entries in its plain form: a range that has no name yet, or the piece of one that a key range begins or ends with. It is plain
 * because most ranges of a bucket that changed little exist already: those are dropped without having been compressed. It is in
 * memory as long as there are frames for it, else in a temporary file, because a run is as long as its keys make it, and memory is not to
 * depend on that. A piece that an interrupted snapshot goes on from is always in a file.
 */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { compareKeys } from '../key-order.ts';
import { TemporaryFile } from './atomic-file.ts';
import { FRAME_BYTES } from './codec.ts';
import { naming } from './file-error.ts';
import type { FramePool } from './frame-pool.ts';

interface Contents {
  /** SHA-256 of its plain bytes, in lower-case hex. */
  hash: string;
  firstKey: string;
  lastKey: string;
  entries: number;
  /** Sum of the objects' sizes. */
  sizeBytes: number;
  plainBytes: number;
}

/** In a file. Plain data, so that it can be noted in a journal. */
export interface Fragment extends Contents {
  path: string;
}

/** In memory: whole frames of a pool, the last one filled as far as `plainBytes` goes. */
export interface HeldFragment extends Contents {
  frames: readonly Buffer[];
}

/** Read at once where a fragment is appended to another: larger buffers make V8 look for garbage all the time. */
const COPIED_BYTES = 128 * 1024;

/** Lines that follow each other. */
export interface LineRun {
  lines: Buffer;
  firstKey: string;
  entries: number;
  /** Sum of the objects' sizes. */
  sizeBytes: number;
}

/** A fragment being written. Ends with `hold`, `close` or `discard`. */
export class FragmentWriter {
  readonly #folder: string;
  readonly #pool: FramePool;
  readonly #frames: Buffer[] = [];
  /** Once there were no frames left. */
  #file: TemporaryFile | undefined;
  readonly #hash = createHash('sha256');
  #firstKey: string | undefined;
  #lastKey: string | undefined;
  #entries = 0;
  #sizeBytes = 0;
  #plainBytes = 0;

  /**
   * All methods that return a promise throw BackupError SNAPSHOTS_DIR where a file cannot be written.
   * @param folder for temporary files
   */
  constructor(folder: string, pool: FramePool) {
    this.#folder = folder;
    this.#pool = pool;
  }

  /** Appends lines, which may be changed as soon as it has returned its promise. */
  async add({ lines, firstKey, entries, sizeBytes }: LineRun): Promise<void> {
    this.#firstKey ??= firstKey;
    this.#entries += entries;
    this.#sizeBytes += sizeBytes;
    await this.#append(lines);
  }

  /** Appends all of a fragment whose entries follow those here. */
  async addFragment(fragment: Fragment): Promise<void> {
    if (this.#lastKey !== undefined && compareKeys(fragment.firstKey, this.#lastKey) <= 0)
      throw new Error(`A fragment begins with ${fragment.firstKey}, not after ${this.#lastKey}.`);
    for await (const chunk of chunksInFile(fragment, COPIED_BYTES)) await this.#append(chunk);
    this.#firstKey ??= fragment.firstKey;
    this.#lastKey = fragment.lastKey;
    this.#entries += fragment.entries;
    this.#sizeBytes += fragment.sizeBytes;
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length && this.#file === undefined;) {
      const frame = this.#openFrame();
      if (frame === undefined) {
        bytes = Buffer.from(bytes.subarray(at));
        this.#file = await this.#toFile();
      } else {
        const copied = bytes.copy(frame, this.#plainBytes % FRAME_BYTES, at);
        this.#plainBytes += copied;
        at += copied;
      }
    }
    if (this.#file === undefined) return;
    // Not by another thread: the system only copies it, and as long as that took, the page that the entries came in would stay in memory.
    this.#file.writeNow(bytes);
    this.#plainBytes += bytes.length;
  }

  /** The one that is not full yet. */
  #openFrame(): Buffer | undefined {
    if (this.#plainBytes < this.#frames.length * FRAME_BYTES) return this.#frames.at(-1);
    const frame = this.#pool.take();
    if (frame !== undefined) this.#frames.push(frame);
    return frame;
  }

  /** Writes what is in frames to a file, and gives them back. */
  async #toFile(): Promise<TemporaryFile> {
    const file = await TemporaryFile.create(this.#folder);
    this.#file = file;
    for (const chunk of filledOf(this.#frames, this.#plainBytes)) file.writeNow(chunk);
    this.#giveBack();
    return file;
  }

  #giveBack(): void {
    this.#pool.give(this.#frames.splice(0));
  }

  /**
   * The finished fragment, where it is; it holds at least one entry.
   * @param lastKey of the entry that was added last; not needed after `addFragment`
   */
  async hold(lastKey = this.#lastKey): Promise<Fragment | HeldFragment> {
    if (this.#file !== undefined) return this.close(lastKey);
    return { frames: this.#frames, ...this.#contents(lastKey) };
  }

  /** The same, in a file. */
  async close(lastKey = this.#lastKey): Promise<Fragment> {
    const contents = this.#contents(lastKey);
    const file = this.#file ?? (await this.#toFile());
    await file.close();
    return { path: file.path, ...contents };
  }

  #contents(lastKey: string | undefined): Contents {
    if (this.#firstKey === undefined || lastKey === undefined) throw new Error('The fragment is empty');
    return {
      hash: this.#hash.digest('hex'),
      firstKey: this.#firstKey,
      lastKey,
      entries: this.#entries,
      sizeBytes: this.#sizeBytes,
      plainBytes: this.#plainBytes,
    };
  }

  async discard(): Promise<void> {
    this.#giveBack();
    await this.#file?.discard();
  }
}

/**
 * The plain bytes of a fragment in chunks of `FRAME_BYTES`, the last one shorter. A chunk is valid until the next one.
 * @throws BackupError SNAPSHOTS_DIR where it cannot be read, or is not what was written
 */
export async function* chunksOf(fragment: Fragment | HeldFragment): AsyncGenerator<Buffer> {
  if ('frames' in fragment) yield* filledOf(fragment.frames, fragment.plainBytes);
  else yield* chunksInFile(fragment, FRAME_BYTES);
}

function* filledOf(frames: readonly Buffer[], plainBytes: number): Generator<Buffer> {
  for (const [index, frame] of frames.entries()) yield frame.subarray(0, plainBytes - index * FRAME_BYTES);
}

async function* chunksInFile(fragment: Fragment, chunkBytes: number): AsyncGenerator<Buffer> {
  const handle = await naming('read', fragment.path, () => open(fragment.path, 'r'));
  try {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, fragment.plainBytes));
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
