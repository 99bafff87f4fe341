/** Bounds the bytes that are held in memory at once, whatever the number and size of what is under way. */
export class ByteBudget {
  readonly #totalBytes: number;
  #freeBytes: number;
  readonly #waiting: { bytes: number; admit: () => void }[] = [];

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
    this.#freeBytes = totalBytes;
  }

  /**
   * Waits, in turn, until there is room. More than there ever is takes all of it.
   * @returns gives the room back; to be called once
   */
  async take(wantedBytes: number): Promise<() => void> {
    const bytes = Math.min(wantedBytes, this.#totalBytes);
    if (this.#waiting.length > 0 || bytes > this.#freeBytes) {
      await new Promise<void>((admit) => this.#waiting.push({ bytes, admit }));
    } else this.#freeBytes -= bytes;
    return () => {
      this.#freeBytes += bytes;
      this.#admit();
    };
  }

  #admit(): void {
    for (
      let next = this.#waiting[0];
      next !== undefined && next.bytes <= this.#freeBytes;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#freeBytes -= next.bytes;
      next.admit();
    }
  }
}
