/** The bytes of a page: the body of an answer, and behind it what was written anew of it. Used again for the next page. */
import type { Readable } from 'node:stream';

/** What a version takes, with a key of usual length. */
const BYTES_PER_ITEM = 512;
const USUAL_ITEMS = 1000;

export class PageBytes {
  /** The first `length` of them are filled. */
  bytes: Buffer;
  length = 0;
  /** Counts the bodies. */
  generation = 0;

  constructor(bytes = Buffer.allocUnsafeSlow(USUAL_ITEMS * BYTES_PER_ITEM)) {
    this.bytes = bytes;
  }

  /** With room for a page of so many, of usual length. */
  static forItems(items: number): PageBytes {
    return new PageBytes(Buffer.allocUnsafeSlow(items * BYTES_PER_ITEM));
  }

  /** What is filled. Valid until the next call of anything here. */
  get filled(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    this.generation++;
  }

  /**
   * Reads a body to its end, and forgets what was here before. There is one call at a time.
   * Throws the stream's error where the body is cut off.
   */
  async collect(body: Readable): Promise<void> {
    this.clear();
    // Events, because an iterator would take each piece by a promise of its own.
    await new Promise<void>((resolve, reject) => {
      // What has happened already is not told again.
      if (body.destroyed) reject(body.errored ?? closedEarly());
      body.on('data', (chunk: Uint8Array) => this.append(chunk));
      body.once('end', resolve);
      body.once('error', reject);
      body.once('close', () => {
        if (!body.readableEnded) reject(closedEarly());
      });
    });
  }

  /** Returns where it stands now. */
  append(bytes: Uint8Array): number {
    const start = this.length;
    this.#makeRoom(bytes.length);
    this.bytes.set(bytes, start);
    this.length += bytes.length;
    return start;
  }

  #makeRoom(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function closedEarly(): Error {
  return new Error('the connection was closed before the end of the answer');
}
