import { viewOf } from '../entry-table.ts';

/** Lines that wait to be written: bytes, and a view on them, which copies four at a time. */
export class LineBuffer {
  bytes: Buffer;
  view: DataView;
  /** How much of it is filled. */
  length = 0;

  constructor(roomBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(roomBytes);
    this.view = viewOf(this.bytes);
  }

  get filled(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  makeRoom(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}
