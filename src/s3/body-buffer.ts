/** Collects the body of an answer in a buffer that is used again for the next one. */
import type { Readable } from 'node:stream';

/** A page of a thousand versions with its keys of usual length. */
const INITIAL_BYTES = 512 * 1024;

export class BodyBuffer {
  #bytes: Buffer | undefined;
  #length = 0;

  /**
   * Reads the body to its end. What is returned is valid until the next call, and there is one call at a time.
   * Throws the stream's error where the body is cut off.
   */
  async collect(body: Readable): Promise<Buffer> {
    this.#length = 0;
    // Events, because an iterator would take each piece by a promise of its own.
    await new Promise<void>((resolve, reject) => {
      // What has happened already is not told again.
      if (body.destroyed) reject(body.errored ?? closedEarly());
      body.on('data', (chunk: Uint8Array) => this.#append(chunk));
      body.once('end', resolve);
      body.once('error', reject);
      body.once('close', () => reject(closedEarly()));
    });
    return this.#room(0).subarray(0, this.#length);
  }

  #append(chunk: Uint8Array): void {
    this.#room(chunk.length).set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** The buffer, with room for so many bytes more. */
  #room(bytes: number): Buffer {
    const bytesNeeded = this.#length + bytes;
    if (this.#bytes !== undefined && bytesNeeded <= this.#bytes.length) return this.#bytes;
    const larger = Buffer.allocUnsafeSlow(Math.max(INITIAL_BYTES, 2 * bytesNeeded));
    if (this.#bytes !== undefined) larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    return larger;
  }
}

function closedEarly(): Error {
  return new Error('the connection was closed before the end of the answer');
}
