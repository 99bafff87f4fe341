/**
 * The loops that run for every version of a bucket, compiled to WebAssembly from `assembly/`: they look at sixteen bytes at a time, and are as
 * fast from the first page on as JavaScript is after a million versions. Their memory is a place to work in: every call copies in what
 * it works on, and what comes of it is copied out, by the call or from a view that is valid until the next one. Nothing in there matters between two calls but learnt layouts; the bytes of
 * the last table are not copied in once more where it comes again.
 */
import { isUtf8 } from 'node:buffer';
import type { Columns, EntryTable } from '../entry-table.ts';
import { KERNEL_BASE64 } from './binary.ts';

/** What of WebAssembly is used here; its types come with those of browsers only. */
interface Compiler {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: object };
}

interface KernelExports {
  memory: { buffer: ArrayBuffer; grow: (pages: number) => number };
  readItems: (
    body: number,
    bodyBytes: number,
    at: number,
    standardAt: number,
    layouts: number,
    layoutCount: number,
    table: number,
    capacity: number,
    rows: number,
  ) => number;
  decodeKeys: (bytes: number, length: number, table: number, capacity: number, rows: number) => number;
  compareNeighbours: (bytes: number, table: number, capacity: number, rows: number) => number;
  writeLines: (
    bytes: number,
    table: number,
    capacity: number,
    numbers: number,
    count: number,
    lastKey: number,
    lastKeyBytes: number,
    cutMask: number,
    to: number,
    toEnd: number,
  ) => number;
  rowsWritten: () => number;
  reasonOfEnd: () => number;
}

/** What of the memory is not the kernel's own. */
const OURS = 64 * 1024;
/** The addresses of the layouts, the one that fitted last first; behind them a number that calls hand over and get back. */
const LAYOUTS_AT = OURS;
const MAX_LAYOUTS = 8;
const NUMBER_AT = LAYOUTS_AT + 4 * MAX_LAYOUTS;
const FIRST_LAYOUT_AT = OURS + 64;
const LAYOUT_BYTES = 4096;
const WORK_AT = FIRST_LAYOUT_AT + MAX_LAYOUTS * LAYOUT_BYTES;
const MEMORY_PAGE_BYTES = 64 * 1024;
/** Loops read and write up to 16 bytes beyond the end of a text. */
const SLACK_BYTES = 64;
const LINES_BYTES = 256 * 1024;

/** The numbers of the fields of a layout, as src/kernel/assembly/items.ts knows them. */
const LAYOUT_FIELDS = {
  key: 0,
  isLatest: 1,
  versionId: 2,
  lastModifiedMs: 3,
  etag: 4,
  sizeBytes: 5,
  storageClass: 6,
} as const;

/** What stands between the values of an item, and which values stand there. */
export interface Layout {
  isDeleteMarker: boolean;
  fields: { before: Uint8Array; field: keyof typeof LAYOUT_FIELDS }[];
  after: Uint8Array;
}

const ENDS = ['done', 'cut', 'outOfOrder', 'withoutLine'] as const;

export interface WrittenLines {
  /** Valid until the next call of anything here. */
  lines: Buffer;
  /** How many rows they are. */
  rows: number;
  /** `cut` after the last of them; the others of the row after it. Fewer than all rows and `done`: call again for the rest. */
  end: (typeof ENDS)[number];
}

class Kernel {
  readonly #kernel: KernelExports;
  #bytes: Buffer;
  #words: Uint32Array;
  #layouts = 0;
  #tableAt = 0;
  #freeAt = 0;
  /** What stands at `WORK_AT`: mostly calls for the same table follow each other. */
  #loaded: Buffer | undefined;
  #loadedGeneration = 0;
  #loadedLength = 0;

  constructor() {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Compiler }).WebAssembly;
    const module = new Module(Buffer.from(KERNEL_BASE64, 'base64'));
    this.#kernel = new Instance(module, {}).exports as KernelExports;
    this.#bytes = Buffer.alloc(0);
    this.#words = new Uint32Array(0);
    this.#makeRoom(WORK_AT + 2 * LINES_BYTES);
  }

  /** Takes up a layout, in place of the one that has not fitted for longest. @returns false where it is too long */
  #addLayout({ isDeleteMarker, fields, after }: Layout): boolean {
    const texts = [...fields.map(({ before }) => before), after];
    const headBytes = 8 + 12 * texts.length;
    const bytes = texts.reduce((sum, text) => sum + text.length, headBytes + SLACK_BYTES);
    if (bytes > LAYOUT_BYTES) return false;
    const places = this.#words.subarray(LAYOUTS_AT / 4, LAYOUTS_AT / 4 + MAX_LAYOUTS);
    const at =
      this.#layouts < MAX_LAYOUTS
        ? FIRST_LAYOUT_AT + this.#layouts++ * LAYOUT_BYTES
        : places[MAX_LAYOUTS - 1]!;
    places.copyWithin(1, 0, this.#layouts - 1);
    places[0] = at;
    let word = at / 4;
    this.#words[word++] = isDeleteMarker ? 1 : 0;
    this.#words[word++] = fields.length;
    let textAt = at + headBytes;
    for (const [index, text] of texts.entries()) {
      this.#bytes.set(text, textAt);
      this.#words[word++] = textAt;
      this.#words[word++] = text.length;
      this.#words[word++] = index < fields.length ? LAYOUT_FIELDS[fields[index]!.field] : 0;
      textAt += text.length;
    }
    return true;
  }

  /**
   * Reads items of a page into the rows of its table, from the first on, for as long as they are laid out as `learn` says.
   * @param table its bytes begin with the page; what an item may lack, `standardAt` says where it stands
   * @param learn is asked for a layout where none fits the item at an offset
   * @returns the offset behind the last item, and how many there are
   */
  readItems(
    table: EntryTable,
    { bodyBytes, from, standardAt }: { bodyBytes: number; from: number; standardAt: number },
    learn: (at: number) => Layout | undefined,
  ): { end: number; rows: number } {
    this.#load(table);
    const { capacity } = table.columns;
    this.#number = 0;
    let end = from;
    for (let learnt = 0, learntAt = -1; ; learnt++) {
      end = this.#kernel.readItems(
        WORK_AT,
        bodyBytes,
        end,
        standardAt,
        LAYOUTS_AT,
        this.#layouts,
        this.#tableAt,
        capacity,
        NUMBER_AT,
      );
      const rows = this.#number;
      // An item that its own layout does not fit has a value that needs a closer look.
      const mayLearn = learnt < MAX_LAYOUTS && rows < capacity && end !== learntAt;
      const layout = mayLearn ? learn(end) : undefined;
      learntAt = end;
      if (layout !== undefined && this.#addLayout(layout)) continue;
      this.#copyOut(table.columns);
      return { end, rows };
    }
  }

  /**
   * Decodes the keys of an answer that is url-encoded.
   * @returns what has to be appended to the table's bytes, where it now looks for the keys that were changed, valid until the next call; undefined where a key
   * is not url-encoded as it should be, or stands for what is no UTF-8: then the table is as it was
   */
  decodeKeys(table: EntryTable, rows: number): Buffer | undefined {
    this.#load(table, table.length + rows);
    this.#number = rows;
    const bytes = this.#kernel.decodeKeys(
      WORK_AT,
      table.length,
      this.#tableAt,
      table.columns.capacity,
      NUMBER_AT,
    );
    const end = WORK_AT + table.length;
    const decoded = this.#bytes.subarray(end, end + bytes);
    // Each is followed by a line feed, so that no two make a character together.
    if (this.#number < rows || !isUtf8(decoded)) return undefined;
    if (bytes > 0) this.#copyOut(table.columns);
    return decoded;
  }

  /**
   * Compares the key of each row with that of the row before, and notes where they are the same.
   * @returns the first row whose key sorts before that; the number of rows where there is none
   */
  compareNeighbours(table: EntryTable, rows: number): number {
    this.#load(table);
    const { capacity } = table.columns;
    const ordered = this.#kernel.compareNeighbours(WORK_AT, this.#tableAt, capacity, rows);
    this.#copyOut(table.columns);
    return ordered;
  }

  /**
   * Writes rows as lines of the index.
   * @param rows their numbers; the first `from` of them are left out
   * @param lastKey which the first of them has to sort after; undefined: anything does
   * @param cutMask bits of the hash of a key (src/index/cut.ts): it ends after one that has none of them
   */
  writeLines(
    table: EntryTable,
    rows: Int32Array,
    from: number,
    lastKey: Buffer | undefined,
    cutMask: number,
  ): WrittenLines {
    for (let roomBytes = LINES_BYTES; ; roomBytes *= 2) {
      this.#load(table);
      const numbersAt = this.#freeAt;
      const keyAt = numbersAt + 4 * rows.length;
      const linesAt = aligned(keyAt + (lastKey?.length ?? 0) + SLACK_BYTES);
      this.#makeRoom(linesAt + roomBytes);
      this.#words.set(rows, numbersAt / 4);
      if (lastKey !== undefined) this.#bytes.set(lastKey, keyAt);
      const end = this.#kernel.writeLines(
        WORK_AT,
        this.#tableAt,
        table.columns.capacity,
        numbersAt + 4 * from,
        rows.length - from,
        keyAt,
        lastKey?.length ?? -1,
        cutMask,
        linesAt,
        linesAt + roomBytes,
      );
      const written = this.#kernel.rowsWritten();
      const reason = ENDS[this.#kernel.reasonOfEnd()]!;
      // Only stores with odd ids have a line that is longer.
      if (written === 0 && reason === 'done' && from < rows.length) continue;
      return { lines: this.#bytes.subarray(linesAt, end), rows: written, end: reason };
    }
  }

  /** Puts a table where calls work on it, with so much room behind its bytes. */
  #load({ bytes, length, generation, columns }: EntryTable, roomBytes = 0): void {
    this.#tableAt = aligned(WORK_AT + length + roomBytes + SLACK_BYTES);
    this.#freeAt = aligned(this.#tableAt + columns.all.length + SLACK_BYTES);
    this.#makeRoom(this.#freeAt);
    const isThere = this.#loaded === bytes && this.#loadedGeneration === generation;
    const from = isThere ? Math.min(this.#loadedLength, length) : 0;
    if (from < length) bytes.copy(this.#bytes, WORK_AT + from, from, length);
    this.#loaded = bytes;
    this.#loadedGeneration = generation;
    this.#loadedLength = length;
    // No value goes on beyond them.
    this.#bytes.fill(0, WORK_AT + length, WORK_AT + length + SLACK_BYTES);
    this.#bytes.set(columns.all, this.#tableAt);
  }

  #copyOut(columns: Columns): void {
    columns.all.set(this.#bytes.subarray(this.#tableAt, this.#tableAt + columns.all.length));
  }

  get #number(): number {
    return this.#words[NUMBER_AT / 4]!;
  }

  set #number(value: number) {
    this.#words[NUMBER_AT / 4] = value;
  }

  #makeRoom(end: number): void {
    const { memory } = this.#kernel;
    const missing = end + SLACK_BYTES - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / MEMORY_PAGE_BYTES));
    if (this.#bytes.length === memory.buffer.byteLength) return;
    this.#bytes = Buffer.from(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
  }
}

let shared: Kernel | undefined;

/** Compiled when it is first needed; there is one, since no call waits for anything. */
export function kernel(): Kernel {
  return (shared ??= new Kernel());
}

function aligned(at: number): number {
  return Math.ceil(at / 16) * 16;
}
