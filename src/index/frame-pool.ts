/**
 * Memory for fragments while they are written, so that most ranges reach the disk only once, compressed. It is bounded: what finds
 * none left goes by way of a file.
 */
import { FRAME_BYTES } from './codec.ts';

export class FramePool {
  readonly #free: Buffer[] = [];
  /** That may still be made. */
  #left: number;

  constructor(frames: number) {
    this.#left = frames;
  }

  /** Of `FRAME_BYTES`, with anything in it; undefined where none is left. */
  take(): Buffer | undefined {
    const frame = this.#free.pop();
    if (frame !== undefined || this.#left === 0) return frame;
    this.#left--;
    return Buffer.allocUnsafeSlow(FRAME_BYTES);
  }

  give(frames: readonly Buffer[]): void {
    this.#free.push(...frames);
  }
}
