/**
 * A run of entries in its plain form: a range that has no name yet, or the piece of one that a key range begins or ends with. It is plain
 * because most ranges of a bucket that changed little exist already: those are dropped without having been compressed. It is in
 * memory as long as there are blocks for it, else in a temporary file, because a run is as long as its keys make it, and memory is not to
 * depend on that.
 */
import { createHash, type Hash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { TemporaryFile } from './atomic-file.ts';
import { BLOCK_BYTES, type BlockPool } from './block-pool.ts';
import { FRAME_BYTES } from './codec.ts';
import { naming } from './file-error.ts';

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

/** In a temporary file. */
export interface Fragment extends Contents {
  path: string;
}

/** In memory: whole blocks of a pool, the last one filled as far as `plainBytes` goes. */
export interface HeldFragment extends Contents {
  blocks: readonly Buffer[];
}

/** Read at once where a fragment is appended to another: larger buffers make V8 look for garbage all the time. */
const COPIED_BYTES = 128 * 1024;

/** Lines that follow each other. */
export interface LineRun {
  lines: Buffer;
  firstKey: string;
  /** As UTF-8, not to be changed. */
  lastKey: Buffer;
  entries: number;
  /** Sum of the objects' sizes. */
  sizeBytes: number;
}

/** A fragment being written. Ends with `finish`, `discard`, or by being appended to another. */
export class FragmentWriter {
  readonly #folder: string;
  readonly #pool: BlockPool;
  readonly #blocks: Buffer[] = [];
  /** Once there were no blocks left. Its hash is that of all that is in it. */
  #spilled: { file: TemporaryFile; hash: Hash } | undefined;
  #firstKey: string | undefined;
  #lastKey: Buffer | undefined;
  #entries = 0;
  #sizeBytes = 0;
  #plainBytes = 0;

  /**
   * All methods that return a promise throw BackupError SNAPSHOTS_DIR where a file cannot be written or read.
   * @param folder for temporary files
   */
  constructor(folder: string, pool: BlockPool) {
    this.#folder = folder;
    this.#pool = pool;
  }

  /** Of the entry that was added last. */
  get lastKey(): string | undefined {
    return this.#lastKey?.toString();
  }

  /** Appends lines, which may be changed as soon as it has returned its promise. */
  async add({ lines, ...run }: LineRun): Promise<void> {
    this.#count(run);
    await this.#write(lines);
  }

  /** Appends all of another, whose entries follow those here, and which is used up. After a failure only `discard` is left, for both. */
  async append(other: FragmentWriter): Promise<void> {
    const firstKey = other.#firstKey;
    const lastKey = other.#lastKey;
    if (firstKey === undefined || lastKey === undefined) return other.discard();
    if (this.#lastKey !== undefined && Buffer.compare(Buffer.from(firstKey), this.#lastKey) <= 0)
      throw new Error(`A fragment begins with ${firstKey}, not after ${this.lastKey}.`);
    for await (const chunk of other.#chunks()) await this.#write(chunk);
    this.#count({ firstKey, lastKey, entries: other.#entries, sizeBytes: other.#sizeBytes });
    await other.discard();
  }

  #count({ firstKey, lastKey, entries, sizeBytes }: Omit<LineRun, 'lines'>): void {
    this.#firstKey ??= firstKey;
    this.#lastKey = lastKey;
    this.#entries += entries;
    this.#sizeBytes += sizeBytes;
  }

  /** What was written. A block is given back as soon as the next one is asked for: whoever copies them needs one more than there were. */
  async *#chunks(): AsyncGenerator<Buffer> {
    if (this.#spilled !== undefined) {
      yield* chunksInFile(this.#inFile(this.#spilled), COPIED_BYTES);
      return;
    }
    for (const chunk of filledOf([...this.#blocks], this.#plainBytes)) {
      yield chunk;
      this.#pool.give(this.#blocks.splice(0, 1));
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && this.#spilled === undefined;) {
      const block = this.#openBlock();
      if (block === undefined) {
        bytes = Buffer.from(bytes.subarray(at));
        await this.#spill();
      } else {
        const copied = bytes.copy(block, this.#plainBytes % BLOCK_BYTES, at);
        this.#plainBytes += copied;
        at += copied;
      }
    }
    if (this.#spilled === undefined) return;
    // Not by another thread: the system only copies it, and as long as that took, the page that the entries came in would stay in memory.
    this.#spilled.file.writeNow(bytes);
    this.#spilled.hash.update(bytes);
    this.#plainBytes += bytes.length;
  }

  /** The one that is not full yet. */
  #openBlock(): Buffer | undefined {
    if (this.#plainBytes < this.#blocks.length * BLOCK_BYTES) return this.#blocks.at(-1);
    const block = this.#pool.take();
    if (block !== undefined) this.#blocks.push(block);
    return block;
  }

  /** Writes what is in blocks to a file, and gives them back. */
  async #spill(): Promise<void> {
    const file = await TemporaryFile.create(this.#folder);
    const hash = createHash('sha256');
    this.#spilled = { file, hash };
    for (const chunk of filledOf(this.#blocks, this.#plainBytes)) {
      file.writeNow(chunk);
      hash.update(chunk);
    }
    this.#giveBack();
  }

  #giveBack(): void {
    this.#pool.give(this.#blocks.splice(0));
  }

  /** The finished fragment, where it is; it holds at least one entry. */
  async finish(): Promise<Fragment | HeldFragment> {
    if (this.#spilled === undefined) return this.#inBlocks();
    const fragment = this.#inFile(this.#spilled);
    await this.#spilled.file.close();
    return fragment;
  }

  /** Only now hashed, as most of what is appended to another needs no hash of its own. */
  #inBlocks(): HeldFragment {
    const hash = createHash('sha256');
    for (const chunk of filledOf(this.#blocks, this.#plainBytes)) hash.update(chunk);
    const contents = this.#contents(hash);
    return { blocks: this.#blocks.splice(0), ...contents };
  }

  #inFile({ file: { path }, hash }: { file: TemporaryFile; hash: Hash }): Fragment {
    return { path, ...this.#contents(hash) };
  }

  #contents(hash: Hash): Contents {
    if (this.#firstKey === undefined || this.#lastKey === undefined) throw new Error('The fragment is empty');
    return {
      hash: hash.digest('hex'),
      firstKey: this.#firstKey,
      lastKey: this.#lastKey.toString(),
      entries: this.#entries,
      sizeBytes: this.#sizeBytes,
      plainBytes: this.#plainBytes,
    };
  }

  async discard(): Promise<void> {
    this.#giveBack();
    await this.#spilled?.file.discard();
  }
}

/**
 * The plain bytes of a fragment in chunks of `FRAME_BYTES`, the last one shorter. A chunk is valid until the next one.
 * @throws BackupError SNAPSHOTS_DIR where it cannot be read, or is not what was written
 */
export async function* chunksOf(fragment: Fragment | HeldFragment): AsyncGenerator<Buffer> {
  if ('blocks' in fragment) yield* framesIn(fragment);
  else yield* chunksInFile(fragment, FRAME_BYTES);
}

function* framesIn({ blocks, plainBytes }: HeldFragment): Generator<Buffer> {
  const frame = Buffer.allocUnsafe(Math.min(FRAME_BYTES, plainBytes));
  let filled = 0;
  for (const chunk of filledOf(blocks, plainBytes)) {
    filled += chunk.copy(frame, filled);
    if (filled < frame.length) continue;
    yield frame;
    filled = 0;
  }
  if (filled > 0) yield frame.subarray(0, filled);
}

function* filledOf(blocks: readonly Buffer[], plainBytes: number): Generator<Buffer> {
  for (const [index, block] of blocks.entries()) yield block.subarray(0, plainBytes - index * BLOCK_BYTES);
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
