/**
 * Memory for fragments while they are written, so that most ranges reach the disk only once, compressed. It is bounded: what finds
 * none left goes by way of a file.
 */

/** Small, as the last one of each fragment is half empty; frames of the codec are made up of whole ones. */
export const BLOCK_BYTES = 256 * 1024;

export class BlockPool {
  readonly #free: Buffer[] = [];
  /** That may still be made. */
  #left: number;

  constructor(blocks: number) {
    this.#left = blocks;
  }

  /** Of `BLOCK_BYTES`, with anything in it; undefined where none is left. */
  take(): Buffer | undefined {
    const block = this.#free.pop();
    if (block !== undefined || this.#left === 0) return block;
    this.#left--;
    return Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  give(blocks: readonly Buffer[]): void {
    // Two fragments in one block would be written with what the other one holds.
    if (blocks.some((block) => this.#free.includes(block))) throw new Error('A block was given back twice.');
    this.#free.push(...blocks);
  }
}
