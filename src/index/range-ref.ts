/** A range as a manifest names it. */
export interface RangeRef {
  /** SHA-256 of its plain content, in lower-case hex: its name. */
  hash: string;
  firstKey: string;
  lastKey: string;
  entries: number;
  /** Sum of the sizes of the objects that it names. */
  sizeBytes: number;
  /** Its own size, before compression. */
  plainBytes: number;
}

/** What readers of ranges need of a store. */
export interface RangeReader {
  /** The plain content of a range, checked against its hash. */
  read(hash: string): Promise<Buffer>;
  /** What errors call a range. */
  pathOf(hash: string): string;
}
